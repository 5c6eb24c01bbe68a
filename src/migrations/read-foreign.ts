import { join } from "node:path";
import type { Format } from "../fleet/migration-format.ts";
import { sha256 } from "../io/digest.ts";
import { type Problem, problem } from "../problem.ts";
import { type Migration, numberOf, type Script } from "./migration.ts";
import { type ParsedScript, parseScript } from "./parse-script.ts";
import { fits } from "./read/fits.ts";
import type { FoundFolder, FoundScript } from "./read/found-script.ts";
import { readFolder } from "./read/read-folder.ts";

/**
 * A folder that another tool laid out: node-pg-migrate's SQL, drizzle, Prisma, dbmate, goose, golang-migrate, Diesel. Null: it is none of those. What
 * is only code cannot be run from here, and is told.
 */
export async function readForeign(
  folder: string,
  format: Format | null,
): Promise<{ migrations: readonly Migration[]; problems: readonly Problem[] } | null> {
  const found = await readFolder(folder, format);
  if (format === null && (found.format === "sampan" || found.format === "sql" || found.scripts.length === 0))
    return null;
  const problems: Problem[] = [...found.problems, ...misfits(folder, found, format)];
  const downs = new Map(
    found.scripts.flatMap((script) => (script.direction === "down" ? [[nameOf(script), script] as const] : [])),
  );
  const migrations: Migration[] = [];
  for (const script of found.scripts) {
    if (script.direction === "down") continue;
    const name = nameOf(script);
    const up = await parsed(folder, script, problems);
    if (up === null) continue;
    const way = downs.get(name);
    const down = way === undefined ? null : await parsed(folder, way, problems);
    migrations.push({
      name,
      number: numberOf(name),
      sha256: up.sha256,
      up: up.script,
      down: down === null || down.script.statements.length === 0 ? null : down.script,
      irreversible: way === undefined ? `${found.format} has no file for the way down` : null,
      batches: null,
      after: up.after,
    });
  }
  return { migrations, problems };
}

/** Files that the tool would not run, or would run in another way than they mean; without a word for it, files of two tools. */
function misfits(folder: string, { scripts, format: found }: FoundFolder, format: Format | null): readonly Problem[] {
  // A file that holds both ways is two of them.
  const others = [
    ...new Map(scripts.filter(({ layout }) => !fits(layout, format ?? found)).map((one) => [one.file, one])).values(),
  ];
  if (format === null && others.length > 0) {
    const tools = [...new Set(scripts.map(({ layout }) => layout))].filter((layout) => layout !== "sql");
    const message = `the files look like those of ${tools.join(" and ")}: ${scripts.find(({ layout }) => layout === found)?.file ?? ""} and ${others[0]?.file ?? ""}`;
    const hint = `say which: migrations: { format: ${found} }; move the others away`;
    return [{ ...problem("migration-format-unclear", message, hint), file: folder }];
  }
  return others.map(({ file, layout }) => ({
    ...problem(
      "migration-format",
      `${file} is written as ${layout} has it, and this folder is to be ${format}'s`,
      `move it away, or say migrations: { format: ${layout} }`,
    ),
    file: join(folder, file),
  }));
}

/** `0001_users.sql` → `0001_users`, `20240101120000_init/migration.sql` → `20240101120000_init`. */
function nameOf({ file }: FoundScript): string {
  const [first = "", rest] = file.split("/");
  return rest === undefined ? first.replace(/(?:\.(?:up|down))?\.sql$/, "") : first;
}

async function parsed(
  folder: string,
  { file, content, transaction }: FoundScript,
  problems: Problem[],
): Promise<(ParsedScript & Readonly<{ sha256: string }>) | null> {
  const path = join(folder, file);
  if (content.kind === "unreadable") {
    problems.push({ ...content.problem, file: path });
    return null;
  }
  if (content.kind === "code" || content.kind === "sql-in-code") {
    const message = `${file} is ${content.language} code, which only its own tool can run`;
    const hint = 'let that tool run it: migrations: { command: ["…"], url: … }';
    problems.push({ ...problem("migration-code", message, hint), file: path });
    return null;
  }
  const read = withoutFrame(await parseScript(path, content.sql));
  problems.push(...read.problems.filter(({ code }) => code !== "migration-empty"));
  if (!transaction && read.script.transaction) {
    const hint = "if it only makes or drops indexes CONCURRENTLY, begin it with `-- sampan: no-transaction`";
    const message = `${file} asks to run without a transaction`;
    problems.push({ ...problem("migration-outside", message, hint), file: path });
  }
  return { ...read, sha256: sha256(content.sql.replaceAll("\r\n", "\n")) };
}

/** Many put BEGIN and COMMIT around a file. It runs in one transaction with its record anyway. */
function withoutFrame(read: ParsedScript): ParsedScript {
  const { statements } = read.script;
  const [first, last] = [statements[0], statements.at(-1)];
  const framed =
    first !== undefined &&
    last !== undefined &&
    /^\s*(?:begin|start\s+transaction)(?:\s+(?:work|transaction))?\s*$/i.test(bare(first.text)) &&
    /^\s*(?:commit|end)(?:\s+(?:work|transaction))?\s*$/i.test(bare(last.text));
  const own = read.problems.filter(({ code }) => code === "migration-transaction");
  if (!framed || own.length !== 2) return read;
  const script: Script = { ...read.script, statements: statements.slice(1, -1) };
  return { ...read, script, problems: read.problems.filter(({ code }) => code !== "migration-transaction") };
}

const bare = (text: string): string => text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, "");
