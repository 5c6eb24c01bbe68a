import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { adoptMigrations } from "../../src/migrations/adopt-migrations.ts";
import { appliedMigrations } from "../../src/migrations/applied-migrations.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { readMigrations } from "../../src/migrations/read-migrations.ts";
import { reading } from "../../src/migrations/reading.ts";
import { revertMigrations } from "../../src/migrations/revert-migrations.ts";
import { toolRecords } from "../../src/migrations/tool-records.ts";
import { adoptionOf } from "../../src/plan/adoption.ts";
import { plannedOf } from "../fleet-samples.ts";
import { testRun } from "../migration-run.ts";
import { query, testPostgres } from "../postgres.ts";

const postgres = testPostgres();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "sampan-foreign-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const A = "create table a (id int primary key);\n";
const B = "create table b (id int primary key);\n";
const sha = (text: string) => createHash("sha256").update(text).digest("hex");

type Case = Readonly<{
  tool: string;
  files: Readonly<Record<string, string>>;
  /** What the tool left behind once it had applied the first. */
  records: string;
  first: string;
  second: string;
  down: boolean;
}>;

const CASES: readonly Case[] = [
  {
    tool: "Prisma",
    files: {
      "migration_lock.toml": 'provider = "postgresql"',
      "20240101120000_a/migration.sql": A,
      "20240102120000_b/migration.sql": B,
    },
    records: `create table _prisma_migrations (id text, checksum text, finished_at timestamptz, migration_name text, logs text, rolled_back_at timestamptz, started_at timestamptz, applied_steps_count int);
      insert into _prisma_migrations values ('1', 'c', now(), '20240101120000_a', null, null, now(), 1)`,
    ...{ first: "20240101120000_a", second: "20240102120000_b", down: false },
  },
  {
    tool: "drizzle",
    files: {
      "0000_a.sql": A,
      "0001_b.sql": `${B}--> statement-breakpoint\nalter table b add column n int;\n`,
      "meta/_journal.json": JSON.stringify({
        entries: [
          { idx: 0, tag: "0000_a" },
          { idx: 1, tag: "0001_b" },
        ],
      }),
    },
    records: `create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('${sha(A)}', 1)`,
    ...{ first: "0000_a", second: "0001_b", down: false },
  },
  {
    tool: "node-pg-migrate",
    files: {
      "1700000000001_a.sql": `-- Up Migration\n${A}\n-- Down Migration\ndrop table a;`,
      "1700000000002_b.sql": `-- Up Migration\n${B}\n-- Down Migration\ndrop table b;`,
    },
    records: `create table pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp not null);
      insert into pgmigrations (name, run_on) values ('1700000000001_a', now())`,
    ...{ first: "1700000000001_a", second: "1700000000002_b", down: true },
  },
  {
    tool: "dbmate",
    files: {
      "20240101120000_a.sql": `-- migrate:up\n${A}\n-- migrate:down\ndrop table a;`,
      "20240102120000_b.sql": `-- migrate:up\n${B}\n-- migrate:down\ndrop table b;`,
    },
    records:
      "create table schema_migrations (version varchar(128) primary key); insert into schema_migrations values ('20240101120000')",
    ...{ first: "20240101120000_a", second: "20240102120000_b", down: true },
  },
  {
    tool: "golang-migrate",
    files: {
      "20240101120000_a.up.sql": `BEGIN;\n${A}COMMIT;\n`,
      "20240101120000_a.down.sql": "drop table a;",
      "20240102120000_b.up.sql": `-- why\nBEGIN;\n${B}COMMIT;`,
      "20240102120000_b.down.sql": "drop table b;",
    },
    records:
      "create table schema_migrations (version bigint not null primary key, dirty boolean not null); insert into schema_migrations values (20240101120000, false)",
    ...{ first: "20240101120000_a", second: "20240102120000_b", down: true },
  },
  {
    tool: "Diesel",
    files: {
      "2024-01-01-120000_a/up.sql": A,
      "2024-01-01-120000_a/down.sql": "drop table a;",
      "2024-01-02-120000_b/up.sql": B,
      "2024-01-02-120000_b/down.sql": "drop table b;",
    },
    records:
      "create table __diesel_schema_migrations (version varchar(50) primary key, run_on timestamp not null default now()); insert into __diesel_schema_migrations (version) values ('20240101120000')",
    ...{ first: "2024-01-01-120000_a", second: "2024-01-02-120000_b", down: true },
  },
];

describe.each(CASES)("a folder and a database of $tool", ({ tool, files, records, first, second, down }) => {
  test("are taken over without running anything again, and go on", async () => {
    const url = await postgres.database();
    await query(url, A);
    await query(url, records);
    const folder = folderOf(files);
    const read = await readMigrations(folder);
    expect(read.problems).toEqual([]);
    expect(read.migrations.map(({ name }) => name)).toEqual([first, second]);

    const found = await reading(url, new AbortController().signal, toolRecords);
    expect(found.map((one) => one.tool)).toEqual([tool]);
    const { adopted, problems } = adoptionOf({
      ...{ service: "blog", files: read.migrations, applied: [], tool: found[0] ?? null, through: null },
    });
    expect([adopted.map(({ name }) => name), problems]).toEqual([[first], []]);

    const base = await testRun(url, {}, { folder });
    const planned = read.migrations.map(({ name, sha256 }) => plannedOf(name, { sha256 }));
    await adoptMigrations({ ...base, files: planned.slice(0, 1) });
    expect(await adoptMigrations({ ...base, files: planned.slice(0, 1) })).toMatchObject({ already: [first] });
    const run = { ...base, files: planned };
    expect(await applyMigrations(run)).toEqual({ changed: [second], already: [first] });
    expect((await appliedMigrations(url)).map(({ name }) => name)).toEqual([first, second]);
    const back = { ...run, files: planned.slice(1) };
    if (down) expect(await revertMigrations(back)).toMatchObject({ changed: [second] });
    else await expect(revertMigrations(back)).rejects.toMatchObject({ code: "migration-irreversible" });
  });
});

describe("an adoption that is not clear", () => {
  const FILES = ["1_a", "2_b", "3_c"].map((name) => ({ name, sha256: name }));
  const tool = (names: readonly string[], change: object = {}) => ({
    ...{ tool: "Prisma", table: "_prisma_migrations", count: names.length, unclear: null },
    has: ({ name }: { name: string }) => names.includes(name),
    ...change,
  });
  const codes = (wish: Partial<Parameters<typeof adoptionOf>[0]>) =>
    adoptionOf({ service: "blog", files: FILES, applied: [], tool: null, through: null, ...wish }).problems.map(
      ({ code }) => code,
    );

  test("is refused with what to do", () => {
    expect(codes({})).toEqual(["nothing-to-adopt"]);
    expect(codes({ tool: tool(["1_a", "3_c"]) })).toEqual(["records-gap"]);
    expect(codes({ tool: tool(["1_a"], { count: 2 }) })).toEqual(["records-beyond"]);
    expect(codes({ tool: tool(["1_a"], { unclear: "2_b was begun and never finished" }) })).toEqual([
      "records-unclear",
    ]);
    expect(codes({ through: "9_z" })).toEqual(["unknown-migration"]);
  });

  test("is made clear by a person who names the last one", () => {
    const adopted = (through: string) =>
      adoptionOf({ service: "blog", files: FILES, applied: FILES.slice(0, 1), tool: tool(["3_c"]), through }).adopted;
    expect(adopted("2_b").map(({ name }) => name)).toEqual(["2_b"]);
    expect(adopted("3").map(({ name }) => name)).toEqual(["2_b", "3_c"]);
  });
});

test("code that only its own tool can run is told, with the way", async () => {
  const folder = folderOf({ "20240101_a.ts": "export const up = () => {};" });
  expect((await readMigrations(folder)).problems[0]?.message).toMatch(
    /which only its own tool can run|is not a migration/,
  );
});
