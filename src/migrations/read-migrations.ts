import { join } from "node:path";
import { sha256 } from "../io/digest.ts";
import { type Entry, listFolder, readAtMost } from "../io/folders.ts";
import { type Problem, problem } from "../problem.ts";
import { byNumber, type Migration, type Script } from "./migration.ts";
import { parseScript, unparsedScript } from "./parse-script.ts";

export type ReadMigrations = Readonly<{ migrations: readonly Migration[]; problems: readonly Problem[] }>;

/** 2 MiB: a larger file is data, which belongs into batches; its syntax tree would take seconds and hundreds of megabytes. */
const LARGEST = 2 * 1024 * 1024;
const PATTERN = /^(\d{1,9})_([A-Za-z0-9][A-Za-z0-9_-]{0,99})\.(up|down)\.sql$/;

/**
 * Reads `NNNN_name.up.sql` and `NNNN_name.down.sql` of a folder (absolute), in order of their numbers. `statements: false` for one
 * that was looked through before: loading PostgreSQL's grammar takes longer than all the rest.
 */
export async function readMigrations(
  folder: string,
  { statements = true }: Readonly<{ statements?: boolean }> = {},
): Promise<ReadMigrations> {
  const entries = await listFolder(folder);
  if (entries === null) {
    return { migrations: [], problems: [at("migrations-missing", folder, "there is no such folder of migrations")] };
  }
  const problems: Problem[] = [];
  const pairs = pairUp(folder, entries, problems);
  const migrations: Migration[] = [];
  for (const { name, up, down } of pairs) {
    if (up === null) {
      problems.push(at("migration-no-up", join(folder, `${name}.down.sql`), `${name} has a down file and no up file`));
      continue;
    }
    const upwards = await readScript(join(folder, up), { problems, statements });
    const downwards = down === null ? null : await readScript(join(folder, down), { problems, statements });
    if (upwards === null) continue;
    if (down === null && upwards.irreversible === null) {
      problems.push(
        at(
          "migration-no-down",
          upwards.script.file,
          `${name} has no down file: it could not be taken back`,
          `write ${name}.down.sql, or begin the up file with \`-- sampan: irreversible because …\``,
        ),
      );
    }
    migrations.push({
      name,
      number: Number.parseInt(name, 10),
      sha256: upwards.sha256,
      up: upwards.script,
      down: downwards?.script ?? null,
      irreversible: downwards === null ? upwards.irreversible : null,
    });
  }
  refuseDuplicates(folder, migrations, problems);
  return { migrations: migrations.sort(byNumber), problems };
}

type Pair = { name: string; up: string | null; down: string | null };

function pairUp(folder: string, entries: readonly Entry[], problems: Problem[]): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const entry of entries) {
    const match = PATTERN.exec(entry.name);
    if (entry.kind !== "file" || match === null) {
      // What people keep beside migrations does no harm; an SQL file that would be passed over silently does.
      if (entry.name.startsWith(".") || /^readme/i.test(entry.name)) continue;
      problems.push(
        at(
          "migration-stray",
          join(folder, entry.name),
          `${JSON.stringify(entry.name)} is not a migration`,
          "migrations are named 0001_create_users.up.sql and 0001_create_users.down.sql; move anything else away",
        ),
      );
      continue;
    }
    const name = `${match[1]}_${match[2]}`;
    const pair = pairs.get(name) ?? { name, up: null, down: null };
    pairs.set(name, match[3] === "up" ? { ...pair, up: entry.name } : { ...pair, down: entry.name });
  }
  return [...pairs.values()];
}

async function readScript(
  file: string,
  { problems, statements }: Readonly<{ problems: Problem[]; statements: boolean }>,
): Promise<{ script: Script; irreversible: string | null; sha256: string } | null> {
  const bytes = await readAtMost(file, LARGEST);
  if (bytes === null) {
    problems.push(
      at("migration-too-large", file, "the file is larger than 2 MiB", "load data in batches, not in a migration"),
    );
    return null;
  }
  let text: string;
  try {
    // A byte order mark is taken off by the decoder, and would be a syntax error to PostgreSQL.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    problems.push(at("migration-not-utf8", file, "the file is not valid UTF-8", "save it as UTF-8"));
    return null;
  }
  const parsed = statements ? await parseScript(file, text) : unparsedScript(file, text);
  problems.push(...parsed.problems);
  // Git may have changed the line ends on its way here; that is no edit.
  return { script: parsed.script, irreversible: parsed.irreversible, sha256: sha256(text.replaceAll("\r\n", "\n")) };
}

function refuseDuplicates(folder: string, migrations: readonly Migration[], problems: Problem[]): void {
  const first = new Map<number, string>();
  for (const { name, number, up } of migrations) {
    const other = first.get(number);
    if (other === undefined) first.set(number, name);
    else
      problems.push(
        at(
          "migration-duplicate",
          up.file,
          `${name} has the same number as ${other}`,
          `give one of them in ${folder} the next free number: their order would be a matter of chance`,
        ),
      );
  }
}

const at = (code: string, file: string, message: string, hint: string | null = null): Problem => ({
  ...problem(code, message, hint),
  file,
});
