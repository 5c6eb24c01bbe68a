import { problem, Refused } from "../problem.ts";

/**
 * The services that were asked for, in the order of the fleet file; null: all of them.
 * @throws Refused (`unknown-service`) with every name that the fleet does not have.
 */
export function chosenNames(
  { services }: Readonly<{ services: Readonly<Record<string, unknown>> }>,
  wanted: readonly string[] | null,
): readonly string[] {
  const all = Object.keys(services);
  if (wanted === null) return all;
  const unknown = wanted.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    const hint = `it has ${all.join(", ")}`;
    throw new Refused(
      unknown.map((name) =>
        problem("unknown-service", `there is no service ${JSON.stringify(name)} in the fleet`, hint),
      ),
    );
  }
  return all.filter((name) => wanted.includes(name));
}
