import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { FileVerdict } from "../../src/migrations/classify/verdict.ts";
import type { Problem } from "../../src/problem.ts";
import { query, testPostgres } from "../postgres.ts";
import { sampan } from "../sampan.ts";

type Document = Readonly<{
  folders: readonly Readonly<{
    service: string | null;
    format: string;
    catalog: boolean;
    files: readonly FileVerdict[];
  }>[];
  problems: readonly Problem[];
}>;

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const postgres = testPostgres();
const root = mkdtempSync(join(tmpdir(), "sampan-check-"));
afterAll(() => rmSync(root, { recursive: true }));

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

const check = (args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = root) =>
  sampan(["migrations", "check", ...args], { cwd, env: { ...process.env, ...env } });
const document = async (...call: Parameters<typeof check>) => {
  const ran = await check([...call[0], "--json"], call[1], call[2]);
  return { code: ran.code, ...(ran.json() as Document) };
};

const BREAKING = {
  "0001_posts.up.sql": "create table posts (id bigint primary key, title varchar(20), body text);",
  "0001_posts.down.sql": "drop table posts;",
  "0002_body.up.sql": "-- nobody reads it\nalter table posts\n  drop column body;",
  "0002_body.down.sql": "alter table posts add column body text;",
};

test("what breaks old code is told at its place, with the safe way, and refused", async () => {
  folderOf("breaking", BREAKING);
  const ran = await check(["--dir", "breaking"]);
  expect(ran.code).toBe(3);
  expect(ran.stdout).toContain("breaking/0002_body.up.sql:2:1 contract drop-column");
  expect(ran.stdout).toContain("locks public.posts (AccessExclusive)");
  expect(ran.stdout).toContain("→ first release code that does not use it");
  expect(ran.stdout).toContain("2 files (sampan), 2 statements: 1 expand, 1 contract");
  // The way back is judged when somebody goes back.
  expect(ran.stdout).not.toContain(".down.sql");
  const { code, problems } = await document(["--dir", "breaking"]);
  expect(code).toBe(3);
  expect(problems).toMatchObject([
    { code: "migration-breaks-old-code", file: "breaking/0002_body.up.sql", line: 2, column: 1 },
  ]);
  expect((await document(["--dir", "breaking", "--from", "0003"])).code).toBe(2);
});

test("an allowance lets it through, and stays in the document", async () => {
  const allowed =
    "-- sampan: allow drop-column because nothing reads it since 2.1\nalter table posts drop column body;";
  folderOf("allowed", { ...BREAKING, "0002_body.up.sql": allowed });
  const { code, folders } = await document(["--dir", "allowed", "--from", "0002"]);
  expect(code).toBe(0);
  expect(folders[0]?.files[0]?.statements).toMatchObject([{ allowed: { because: "nothing reads it since 2.1" } }]);
});

test("a catalog decides what the text cannot", async () => {
  const url = await postgres.database();
  await query(url, "create table posts (id int primary key, title varchar(20), n int default 1)");
  folderOf("undecided", {
    "0001_a.up.sql": "alter table posts alter title type text;",
    "0001_a.down.sql": "select 1;",
  });
  const without = await document(["--dir", "undecided"]);
  expect(without).toMatchObject({ code: 3, folders: [{ catalog: false }] });
  expect(without.folders[0]?.files[0]?.statements[0]?.undecided).toContain("the type");
  const decided = await document(["--dir", "undecided", "--database", "OURS"], { OURS: url });
  expect(decided).toMatchObject({ code: 0, folders: [{ catalog: true }] });
  expect(decided.folders[0]?.files[0]?.statements).toMatchObject([{ rule: "widen-type", undecided: null }]);
  expect(await document(["--dir", "undecided", "--database", "NOT_SET"])).toMatchObject({
    code: 2,
    problems: [{ code: "no-database" }],
  });
});

test("files that cannot be read are each told with their place", async () => {
  folderOf("unreadable", {
    "0001_a.up.sql": "create tabel t ();",
    "0002_b.up.sql": "alter table {{ .Schema }}.t add column a int;",
    "0003_c.ts": "export const up = () => {};",
  });
  const { code, problems } = await document(["--dir", "unreadable"]);
  expect(code).toBe(3);
  expect(problems.map((one) => `${one.code} ${one.file}:${one.line}:${one.column}`)).toEqual([
    "migration-syntax unreadable/0001_a.up.sql:1:8",
    "migration-template unreadable/0002_b.up.sql:1:13",
    "migration-code unreadable/0003_c.ts:1:1",
  ]);
});

test("the example fleet's migrations go out before its code", async () => {
  const fleet = fileURLToPath(new URL("../../examples/go2asia", import.meta.url));
  const { code, folders } = await document([], {}, fleet);
  expect(code).toBe(0);
  expect(folders.map(({ service }) => service)).toHaveLength(6);
  const ups = folders.flatMap(({ files }) => files.filter(({ direction }) => direction === "up"));
  expect(new Set(ups.map(({ phase }) => phase))).toEqual(new Set(["expand", "data"]));
});

test("what is asked wrongly says what there is", async () => {
  expect(await document(["--dir", "breaking", "--format", "cobol"])).toMatchObject({
    code: 2,
    problems: [{ code: "unknown-format" }],
  });
  expect(await document(["--dir", "no-such-folder"])).toMatchObject({
    code: 3,
    problems: [{ code: "migrations-missing" }],
  });
});
