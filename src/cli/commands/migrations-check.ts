import { join, relative, resolve } from "node:path";
import { chosenNames } from "../../fleet/chosen-names.ts";
import { processEnvironment } from "../../io/environment.ts";
import { appliedMigrations } from "../../migrations/applied-migrations.ts";
import type { Catalog } from "../../migrations/catalog/catalog.ts";
import { catalogAt } from "../../migrations/catalog/catalog-at.ts";
import { mixedPhases } from "../../migrations/classify/mixed-phases.ts";
import type { FileVerdict, StatementVerdict } from "../../migrations/classify/verdict.ts";
import type { FoundScript } from "../../migrations/read/found-script.ts";
import { judgeFolder } from "../../migrations/read/judge-folder.ts";
import { readFolder } from "../../migrations/read/read-folder.ts";
import { type Problem, problem, Refused } from "../../problem.ts";
import { readConfiguration } from "../../release/configuration.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { formatOf } from "../format-of.ts";
import { colours, printJson, wantsJson } from "../output.ts";
import { renderProblems } from "../render/problems.ts";
import { type Judged, verdictText } from "../render/verdicts.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

type Folder = Readonly<{ service: string | null; folder: string; url: string | null }>;

/** Says what migrations do to code that runs. Reads files, and a catalog where it is told one; changes nothing. */
export async function migrationsCheck(call: Call): Promise<number> {
  const judged: Judged[] = [];
  const problems: Problem[] = [];
  for (const folder of await foldersOf(call)) {
    const one = await judge(folder, call);
    judged.push(one.judged);
    problems.push(...one.problems);
  }
  const files = judged.flatMap((one) => one.files);
  // Beside its statements' own verdicts, which are told with them.
  const apart = [...problems, ...files.flatMap(aboutFiles)];
  const refused = [...apart, ...files.flatMap(aboutStatements)];
  if (wantsJson(call)) printJson({ formatVersion: 1, folders: judged, problems: refused });
  else {
    const at = { colour: colours(process.stdout), all: call.options.all === true };
    process.stdout.write(judged.map((one) => verdictText(one, at)).join("\n"));
    if (refused.length > 0)
      process.stderr.write(`${renderProblems(apart, colours(process.stderr))}${refusedText(refused.length)}`);
  }
  return refused.length === 0 ? EXIT.done : EXIT.refused;
}

async function judge(
  { service, folder, url }: Folder,
  call: Call,
): Promise<Readonly<{ judged: Judged; problems: readonly Problem[] }>> {
  const { scripts, format, problems } = await readFolder(folder, formatOf(call.options.format));
  const catalog: Catalog | null = url === null ? null : await catalogAt(url, call.stop);
  const applied = url === null ? [] : await appliedMigrations(url, call.stop);
  const done = new Set(applied.map(({ name }) => name));
  const from = call.options.from === undefined ? null : String(call.options.from);
  const wanted = startingAt(scripts, from).filter(({ file }) => !done.has(file.replace(/\.(up|down)\.sql$/, "")));
  // Without a catalog, what is not to be judged still tells what the rest is about.
  const files = await judgeFolder({ format, problems, scripts: catalog === null ? scripts : wanted }, catalog);
  const chosen = new Set(wanted.map(({ file }) => file));
  const near = relative(process.cwd(), folder) || ".";
  const shown = near.startsWith("..") ? folder : near;
  return {
    judged: {
      service,
      folder: shown,
      format,
      catalog: catalog !== null,
      files: files.filter(({ file }) => chosen.has(file)).map((file) => placed(file, shown)),
    },
    problems,
  };
}

function startingAt(scripts: readonly FoundScript[], from: string | null): readonly FoundScript[] {
  if (from === null) return scripts;
  const first = scripts.findIndex(({ file }) => file.startsWith(from));
  if (first >= 0) return scripts.slice(first);
  throw new Refused([
    problem(
      "unknown-migration",
      `no migration begins with ${JSON.stringify(from)}`,
      "name its file, or the beginning of it",
    ),
  ]);
}

/** As it can be opened from here. */
function placed(verdict: FileVerdict, folder: string): FileVerdict {
  const at = (file: string): string => join(folder, file);
  return {
    ...verdict,
    file: at(verdict.file),
    statements: verdict.statements.map((one) => ({ ...one, file: at(one.file) })),
    problems: verdict.problems.map((one) => ({ ...one, file: one.file === null ? null : at(one.file) })),
  };
}

const refusedText = (count: number): string =>
  `${count === 1 ? "one thing" : `${count} things`} that a release would refuse, or keep until nothing needs the old form\n`;

/** Going back is judged when it is asked for. */
function aboutFiles(verdict: FileVerdict): readonly Problem[] {
  const own = verdict.problems.filter(({ code }) => verdict.direction === "up" || code === "migration-syntax");
  const mixed = mixedPhases(verdict);
  return mixed === null ? own : [...own, mixed];
}

const aboutStatements = ({ direction, statements }: FileVerdict): readonly Problem[] =>
  direction === "down" ? [] : statements.filter(isRefused).map(breaks);

const isRefused = ({ compatibility, allowed }: StatementVerdict): boolean =>
  allowed === null && (compatibility === "contract" || compatibility === "unknown");

const breaks = ({ file, line, column, rule, compatibility, why, safeWay }: StatementVerdict): Problem => ({
  ...problem(
    compatibility === "contract" ? "migration-breaks-old-code" : "migration-undecided",
    `${rule}: ${why}`,
    `${safeWay === null ? "" : `${safeWay}; `}or \`-- sampan: allow ${rule} because …\``,
  ),
  file,
  line,
  column,
});

async function foldersOf(call: Call): Promise<readonly Folder[]> {
  const named = Array.isArray(call.args[0]) ? call.args[0].map(String) : [];
  if (call.options.dir !== undefined) {
    if (named.length > 0) throw new Refused([problem("usage", "name services, or a folder by --dir, not both")]);
    return [{ service: null, folder: resolve(String(call.options.dir)), url: urlIn(call.options.database) }];
  }
  const at = await openWorkplace(call);
  const names = chosenNames(at.fleet, named.length === 0 ? null : named).filter(
    (name) => at.fleet.services[name]?.migrations?.command === null,
  );
  const environment = call.options.env === undefined ? null : environmentAt(at, call.options.env);
  const configuration = environment === null ? null : await readConfiguration(at, environment.name, names);
  return names.map((name) => ({
    service: name,
    folder: join(at.fleet.root, at.fleet.services[name]?.path ?? "", at.fleet.services[name]?.migrations?.dir ?? ""),
    url: configuration?.services.get(name)?.migrationUrl ?? urlIn(call.options.database),
  }));
}

/** A URL holds a password, which has no business on a command line that everybody on the machine can read. */
function urlIn(variable: unknown): string | null {
  if (variable === undefined) return null;
  const url = processEnvironment()[String(variable)];
  if (url !== undefined && url !== "") return url;
  throw new Refused([
    problem("no-database", `the environment variable ${String(variable)} is not set`, "set it to the database's URL"),
  ]);
}
