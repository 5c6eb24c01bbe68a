import { FORMATS, type Format } from "../fleet/migration-format.ts";
import { problem, Refused } from "../problem.ts";

/** What `--format` says; null: nothing. @throws Refused */
export function formatOf(given: unknown): Format | null {
  if (given === undefined) return null;
  const format = FORMATS.find((one) => one === given);
  if (format !== undefined) return format;
  throw new Refused([
    problem("unknown-format", `there is no format ${JSON.stringify(given)}`, `known: ${FORMATS.join(", ")}`),
  ]);
}
