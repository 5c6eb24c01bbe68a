import { problem, Refused } from "../../problem.ts";
import { type Adopted, adopt } from "../../release/adopt.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { isInteractive, printJson, wantsJson } from "../output.ts";
import { yes } from "../questions.ts";
import { table } from "../render/table.ts";
import { servicesOf } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** Takes over a database that another tool has migrated: records what it applied, and runs nothing. */
export async function migrationsAdopt(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const say = (text: string): void => void (wantsJson(call) ? process.stderr : process.stdout).write(text);
  const adopted = await adopt({
    at,
    environment,
    services: servicesOf(call) ?? Object.keys(at.fleet.services),
    through: typeof call.options.through === "string" ? call.options.through : null,
    confirm: async (found) => {
      say(textOf(found));
      return !isInteractive(call) || call.options.yes === true || (await yes("\nRecord these as applied?", call.stop));
    },
  });
  if (adopted === null) throw new Refused([problem("not-confirmed", "nothing was recorded: it was not confirmed")], 3);
  if (wantsJson(call)) {
    const services = adopted.map(({ service, tool, adopted: files }) => ({
      service,
      tool,
      adopted: files.map(({ name }) => name),
    }));
    printJson({ formatVersion: 1, environment: environment.name, services });
  } else {
    const count = adopted.reduce((sum, one) => sum + one.adopted.length, 0);
    say(count === 0 ? `${environment.name}: all of it is recorded already\n` : `${count} recorded as applied\n`);
  }
  return EXIT.done;
}

const textOf = (adopted: readonly Adopted[]): string =>
  table(
    adopted.flatMap(({ service, tool, adopted: files }) =>
      files.map(({ name }, at) => [
        at === 0 ? `  ${service}` : "",
        name,
        tool === null ? "applied, as you say" : `applied by ${tool}`,
      ]),
    ),
  );
