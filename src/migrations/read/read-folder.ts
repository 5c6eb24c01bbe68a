import { join } from "node:path";
import type { Format } from "../../fleet/migration-format.ts";
import { type Entry, listFolder } from "../../io/folders.ts";
import { type Problem, problem } from "../../problem.ts";
import { drizzleOrder } from "./drizzle-order.ts";
import type { FoundFolder, FoundScript } from "./found-script.ts";
import { type ReadScript, readScript } from "./read-script.ts";
import { nameOf } from "./script-name.ts";
import { sectionsOf } from "./sections.ts";

/** A file that may be a migration, where it lies, and whose way it is by its name. */
type Candidate = Readonly<{ path: string; migration: string; direction: "up" | "down" | null; dialect: string | null }>;

/**
 * Reads a folder of migrations as whatever tool laid it out; `format` says which, else it is found out. Only its own files and those one folder
 * below are looked at. Never throws for what is in a file.
 */
export async function readFolder(folder: string, format: Format | null = null): Promise<FoundFolder> {
  const entries = await listFolder(folder);
  if (entries === null) {
    const missing = { ...problem("migrations-missing", "there is no such folder of migrations"), file: folder };
    return { format: format ?? "sql", scripts: [], problems: [missing] };
  }
  const below = await foldersBelow(folder, entries);
  const order = await drizzleOrder(folder, below);
  const candidates = chosen([
    ...entries.flatMap(({ name, kind }) => (kind === "file" ? [nameOf(name)] : [])),
    ...below.flatMap(inFolder),
  ]);
  const problems: Problem[] = [];
  const scripts: FoundScript[] = [];
  const formats = new Set<Format>();
  const sorted =
    order === null ? candidates.sort(byMigration) : candidates.sort((a, b) => order(a.migration) - order(b.migration));
  for (const candidate of sorted) {
    const read = await readScript(join(folder, candidate.path), candidate.path);
    const sections = read.kind === "sql" ? sectionsOf(candidate.path, read.sql) : null;
    if (sections !== null && read.kind === "sql") {
      for (const { layout } of sections) formats.add(layout);
      scripts.push(...sections);
      continue;
    }
    const inCode = read.kind === "code" ? await waysOf(candidate.path, read) : null;
    if (inCode !== null) {
      formats.add(inCode.tool);
      scripts.push(...inCode.scripts);
      continue;
    }
    const layout = formatOf(candidate, { drizzle: order !== null, read });
    formats.add(layout);
    const direction = candidate.direction ?? "up";
    const transaction = read.kind !== "sql" || !/^\s*--\s*sampan:\s*no-transaction\b/m.test(read.sql);
    const content = read.kind === "code" ? { kind: read.kind, language: read.language } : read;
    scripts.push({ file: candidate.path, direction, layout, transaction, content });
  }
  // Whoever numbers by the second has the same names, and digits that Sampan does not take.
  if (formats.has("golang-migrate")) formats.delete("sampan");
  const found = format ?? [...formats].find((one) => one !== "sql") ?? "sql";
  return { format: found, scripts, problems };
}

/** The ways of a file of JavaScript or TypeScript; null: it is other code. Loads a parser. */
async function waysOf(
  file: string,
  { language, tool, text }: Extract<ReadScript, { kind: "code" }>,
): Promise<Readonly<{ tool: Format; scripts: readonly FoundScript[] }> | null> {
  if (!/^[cm]?[jt]s$/.test(language)) return null;
  const { sqlInCode } = await import("./sql-in-code.ts");
  const ways = sqlInCode(file, text);
  if (ways === null) return null;
  const scripts = (["up", "down"] as const).flatMap((direction): FoundScript[] => {
    const way = ways[direction];
    if (way.kind === "absent") return [];
    const about = { file, direction, layout: tool };
    return way.kind === "sql"
      ? [{ ...about, transaction: way.transaction, content: { kind: "sql-in-code", language, sql: way.sql } }]
      : [{ ...about, transaction: true, content: { kind: "code", language } }];
  });
  return { tool, scripts };
}

type Below = Readonly<{ name: string; files: readonly string[] }>;

async function foldersBelow(folder: string, entries: readonly Entry[]): Promise<readonly Below[]> {
  const folders = entries.filter(
    ({ name, kind }) => kind === "folder" && !name.startsWith(".") && name !== "node_modules",
  );
  return Promise.all(
    folders.map(async ({ name }) => ({
      name,
      files: ((await listFolder(join(folder, name))) ?? []).flatMap((one) => (one.kind === "file" ? [one.name] : [])),
    })),
  );
}

/** Prisma's `NAME/migration.sql`, Diesel's `NAME/up.sql` and `NAME/down.sql`. */
const inFolder = ({ name, files }: Below): readonly (Candidate | null)[] =>
  files.map((file) => {
    const path = `${name}/${file}`;
    if (file === "migration.sql" || file === "up.sql") return { path, migration: name, direction: "up", dialect: null };
    if (file === "down.sql") return { path, migration: name, direction: "down", dialect: null };
    return null;
  });

/** Where a migration is written for several databases, PostgreSQL's is taken; where it is not for PostgreSQL at all, none. */
function chosen(all: readonly (Candidate | null)[]): Candidate[] {
  const best = new Map<string, Candidate>();
  const rank = ({ dialect }: Candidate): number => (dialect === null ? 1 : dialect === "postgres" ? 2 : 0);
  for (const candidate of all) {
    if (candidate === null || rank(candidate) === 0) continue;
    const key = `${candidate.migration} ${candidate.direction}`;
    const before = best.get(key);
    if (before === undefined || rank(candidate) > rank(before)) best.set(key, candidate);
  }
  return [...best.values()];
}

function byMigration(a: Candidate, b: Candidate): number {
  const order = a.migration.localeCompare(b.migration, "en", { numeric: true });
  return order || Number(a.direction === "down") - Number(b.direction === "down") || (a.path < b.path ? -1 : 1);
}

type Read = Awaited<ReturnType<typeof readScript>>;

function formatOf(
  { path, direction, dialect }: Candidate,
  { drizzle, read }: Readonly<{ drizzle: boolean; read: Read }>,
): Format {
  if (drizzle) return "drizzle";
  if (path.endsWith("/migration.sql")) return "prisma";
  if (path.includes("/")) return "diesel";
  if (read.kind === "code") return read.language === "fizz" ? "fizz" : read.tool;
  if (dialect !== null) return "fizz";
  if (/^[VU][\d._]+__/.test(path)) return "flyway";
  if (direction === null) return "sql";
  return /^\d{1,9}_[A-Za-z0-9][A-Za-z0-9_-]*\.(up|down)\.sql$/.test(path) ? "sampan" : "golang-migrate";
}
