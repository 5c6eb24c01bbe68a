import { migrationsStatus, type ServiceMigrations } from "../../release/migrations-status.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { renderProblems } from "../render/problems.ts";
import { table } from "../render/table.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What each database has been through, what would run next, and what the rest waits for. */
export async function migrationsStatusOf(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const [named, ...rest] = call.args;
  const environments = named === undefined ? Object.values(at.fleet.environments) : [environmentAt(at, named)];
  const wanted = (rest[0] as readonly string[] | undefined) ?? [];
  const all = Object.keys(at.fleet.services);
  const names = wanted.length === 0 ? all : all.filter((name) => wanted.includes(name));
  const documents = [];
  for (const environment of environments) {
    documents.push({ environment: environment.name, services: await migrationsStatus(at, environment, names) });
  }
  if (wantsJson(call)) printJson({ formatVersion: 1, environments: documents });
  else {
    for (const { environment, services } of documents) process.stdout.write(textOf(environment, services));
    const problems = documents.flatMap(({ services }) => services.flatMap((one) => one.problems));
    if (problems.length > 0) process.stderr.write(renderProblems(problems, colours(process.stderr)));
  }
  return EXIT.done;
}

function textOf(environment: string, services: readonly ServiceMigrations[]): string {
  const rows = services.flatMap(({ service, applied, pending, waiting, underWay, problems }): string[][] => [
    [
      `  ${service}`,
      `${applied.length} applied`,
      applied.length === 0 ? "" : `the last: ${applied.at(-1)?.name} by ${applied.at(-1)?.release}`,
    ],
    ...underWay.map(({ name, position, last, rows: done }) => [
      "",
      "under way",
      `${name}: ${done} rows, at ${position} of ${last}`,
    ]),
    ...pending.map(({ name, phase, when }) => [
      "",
      "pending",
      `${name} (${phase}): ${when === "before" ? "before the next release's instances" : "once the next release is verified"}`,
    ]),
    ...waiting.map(({ name, phase, why }) => ["", "waits", `${name} (${phase}): ${why}`]),
    ...problems.map(({ message }) => ["", "wrong", message]),
  ]);
  return `${environment}\n${rows.length === 0 ? "  no service has migrations\n" : table(rows)}`;
}
