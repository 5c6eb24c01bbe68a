import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { Reversibility } from "../../src/migrations/prove/folder-reversal.ts";
import { sampan } from "../sampan.ts";

// Each test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const root = mkdtempSync(join(tmpdir(), "sampan-prove-folder-"));
afterAll(() => rmSync(root, { recursive: true }));

function folderOf(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, file)), { recursive: true });
    writeFileSync(join(root, name, file), text);
  }
  return name;
}

const prove = (...args: string[]) => sampan(["migrations", "prove", ...args], { cwd: root, env: process.env });

test("says of every migration of a folder whether it can be taken back, by running it", async () => {
  const dir = folderOf("mixed", {
    "0001_ships.up.sql": "create table ships (id int primary key, name text, weight int);",
    "0001_ships.down.sql": "drop table ships;",
    "0002_rename.up.sql": "alter table ships rename column name to title;",
    "0002_rename.down.sql": "alter table ships rename column title to name;",
    "0003_weight.up.sql": "alter table ships drop column weight;",
    "0003_weight.down.sql": "alter table ships add column weight int;",
    "0004_index.up.sql": "create index on ships (title); create index more on ships (title);",
    "0004_index.down.sql": "drop index more;",
    "0005_flag.up.sql": "alter table ships add column flag text;",
    "0005_flag.down.sql": "alter table ships drop column flags;",
    "0006_fails.up.sql": "alter table winds add column force int;",
    "0006_fails.down.sql": "alter table winds drop column force;",
    "0007_filled.up.sql": 'create table "{{ .Namespace }}.sails" (id int);',
    "0007_filled.down.sql": "select 1;",
  });
  const ran = await prove("--dir", dir, "--json");
  const { format, migrations } = ran.json() as { format: string; migrations: readonly Reversibility[] };
  expect({ code: ran.code, format }).toEqual({ code: 3, format: "sampan" });
  expect(migrations.map(({ migration, verdict }) => `${migration} ${verdict}`)).toEqual([
    "0001_ships reversible",
    "0002_rename reversible",
    "0003_weight lossy",
    "0004_index different",
    "0005_flag down-fails",
    "0006_fails up-fails",
    "0007_filled unread",
  ]);
  const why = migrations.map((one) => one.why.join("; "));
  expect(why[2]).toMatch(/data: public\.ships: column weight: \d+ values? (is|are) gone/);
  expect(why[4]).toContain('column "flags" of relation "ships" does not exist');
  expect(why[6]).toContain("a template");
  expect(ran.stderr).toContain("✗ 0005_flag: down-fails: ");
});

test("ends with 0 where all can be, and refuses what it cannot use", async () => {
  const dir = folderOf("dbmate", {
    "1_a.sql": "-- migrate:up\ncreate table a (id int);\n-- migrate:down\ndrop table a;",
    "2_b.sql": "-- migrate:up\nalter table a add column b int;\n-- migrate:down\nalter table a drop column b;",
  });
  const ran = await prove("--dir", dir, "--format", "dbmate");
  expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: "✓ 1_a: reversible\n✓ 2_b: reversible\n" });
  const code = folderOf("code", { "1_a.js": "exports.up = (knex) => knex.schema.dropTable('a')" });
  expect(await prove("--dir", code)).toMatchObject({
    code: 3,
    stdout: expect.stringContaining("✗ 1_a.js: unread: js code"),
  });
  for (const [args, message] of [
    [["--dir", "nowhere"], "there is no such folder of migrations"],
    [["staging", "--dir", dir], "name an environment, or a folder by --dir, not both"],
    [["--dir", dir, "--format", "django"], 'there is no format "django"'],
  ] as const) {
    const refused = await prove(...args);
    expect({ code: refused.code, said: refused.stderr.includes(message) }, refused.stderr).toEqual({
      code: 2,
      said: true,
    });
  }
});
