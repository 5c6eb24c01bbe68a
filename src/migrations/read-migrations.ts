import { join } from "node:path";
import type { Format } from "../fleet/migration-format.ts";
import { sha256 } from "../io/digest.ts";
import { type Entry, listFolder, readAtMost } from "../io/folders.ts";
import { type Problem, problem } from "../problem.ts";
import { type Batches, byNumber, type Migration, type Script } from "./migration.ts";
import { parseBatches } from "./parse-batches.ts";
import { parseScript, unparsedScript } from "./parse-script.ts";
import { readForeign } from "./read-foreign.ts";

export type ReadMigrations = Readonly<{ migrations: readonly Migration[]; problems: readonly Problem[] }>;

/** 2 MiB: a larger file is data, which belongs into batches; its syntax tree would take seconds and hundreds of megabytes. */
const LARGEST = 2 * 1024 * 1024;
const PATTERN = /^(\d{1,9})_([A-Za-z0-9][A-Za-z0-9_-]{0,99})\.(up|down|data)\.sql$/;

/**
 * Reads `NNNN_name.up.sql` or `NNNN_name.data.sql`, and `NNNN_name.down.sql`, of a folder (absolute), in order of their numbers; or what
 * another tool has laid out there, by `format` or else as it looks. `statements: false`
 * for one that was looked through before: loading PostgreSQL's grammar takes longer than all the rest.
 */
export async function readMigrations(
  folder: string,
  { statements = true, format = null }: Readonly<{ statements?: boolean; format?: Format | null }> = {},
): Promise<ReadMigrations> {
  const entries = await listFolder(folder);
  if (entries === null) {
    return { migrations: [], problems: [at("migrations-missing", folder, "there is no such folder of migrations")] };
  }
  if (format === null ? !entries.some(({ name }) => PATTERN.test(name)) : format !== "sampan") {
    const foreign = await readForeign(folder, format);
    if (foreign !== null) {
      const problems = [...foreign.problems];
      refuseDuplicates(folder, foreign.migrations, problems);
      return { migrations: [...foreign.migrations].sort(byNumber), problems };
    }
  }
  const problems: Problem[] = [];
  const pairs = pairUp(folder, entries, problems);
  const migrations: Migration[] = [];
  for (const { name, up, data, down } of pairs) {
    const first = up ?? data;
    if (first === null) {
      problems.push(at("migration-no-up", join(folder, `${name}.down.sql`), `${name} has a down file and no up file`));
      continue;
    }
    if (up !== null && data !== null) {
      const message = `${name} has an up file and a data file`;
      problems.push(at("migration-duplicate", join(folder, data), message, "give the data file the next number"));
    }
    const upwards = await readScript(join(folder, first), { problems, statements });
    const downwards = down === null ? null : await readScript(join(folder, down), { problems, statements });
    if (upwards === null) continue;
    // Values that were filled in hurt nobody; what they were filled into has a down file of its own.
    if (down === null && upwards.batches === null && upwards.irreversible === null) {
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
      batches: upwards.batches,
      after: upwards.after,
    });
  }
  refuseDuplicates(folder, migrations, problems);
  return { migrations: migrations.sort(byNumber), problems };
}

type Pair = { name: string; up: string | null; data: string | null; down: string | null };

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
          "migrations are named 0001_create_users.up.sql and 0001_create_users.down.sql, data 0002_phones.data.sql; move anything else away",
        ),
      );
      continue;
    }
    const name = `${match[1]}_${match[2]}`;
    const pair = pairs.get(name) ?? { name, up: null, data: null, down: null };
    pairs.set(name, { ...pair, [match[3] ?? "up"]: entry.name });
  }
  return [...pairs.values()];
}

type ReadScript = Readonly<{
  script: Script;
  irreversible: string | null;
  batches: Batches | null;
  after: readonly string[];
  sha256: string;
}>;

async function readScript(
  file: string,
  { problems, statements }: Readonly<{ problems: Problem[]; statements: boolean }>,
): Promise<ReadScript | null> {
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
  // Git may have changed the line ends on its way here; that is no edit.
  const hash = sha256(text.replaceAll("\r\n", "\n"));
  if (file.endsWith(".data.sql")) {
    const { script, batches, problems: wrong } = await parseBatches(file, text);
    problems.push(...wrong);
    return batches === null ? null : { script, irreversible: null, batches, after: [], sha256: hash };
  }
  const parsed = statements ? await parseScript(file, text) : unparsedScript(file, text);
  problems.push(...parsed.problems);
  const { script, irreversible, after } = parsed;
  return { script, irreversible, batches: null, after, sha256: hash };
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
