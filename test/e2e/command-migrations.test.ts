import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Proof } from "../../src/migrations/prove/proof.ts";
import { query, testPostgres } from "../postgres.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

const postgres = testPostgres();
let fleet: TinyFleet;
let url: string;

/** A tool of the service's own, in code: it keeps no records, and says where it ran. */
const tool = (sql: string): string => `
import pg from ${JSON.stringify(fileURLToPath(import.meta.resolve("pg")))};
const client = new pg.Client({ connectionString: process.env.MIGRATION_DATABASE_URL });
await client.connect();
await client.query(${JSON.stringify(sql)});
console.log(Object.keys(process.env).includes("MOTTO") ? "it was told too much" : "migrated");
await client.end();
`;
const migrate = (sql: string, version: string): void => {
  fleet.write("services/auth/migrate.mjs", tool(sql));
  fleet.commit(version, { auth: { version } });
};
const run = (...args: string[]) => sampan([...args, "--json"], { cwd: fleet.root, env: fleet.env });

beforeAll(async () => {
  url = await postgres.database();
  fleet = await tinyFleet([{ name: "auth" }], {});
  fleet.write("services/auth/.env.example", "MOTTO=\nMIGRATION_DATABASE_URL=\n");
  fleet.write("env/staging.env", `MOTTO=first\nMIGRATION_DATABASE_URL=${url}\n`);
  const yaml =
    '    migrations: { command: [node, migrate.mjs], because: "it only adds", url: MIGRATION_DATABASE_URL }\n';
  const text = readFileSync(`${fleet.root}/sampan.yaml`, "utf8");
  fleet.write("sampan.yaml", text.replace("    path: services/auth\n", `    path: services/auth\n${yaml}`));
}, 120_000);
afterAll(() => sinkFleet(fleet), 60_000);

it("runs a service's own tool on a scratch database before it runs in the environment", async () => {
  migrate("create table if not exists ships (id int primary key)", "1");
  expect((await run("deploy", "staging")).code).toBe(0);
  // The schema is built by the tool of the version that runs, and changed by that of the version that comes.
  migrate("alter table ships add column if not exists sails int", "2");
  const proven = await run("migrations", "prove", "staging");
  expect(proven.code).toBe(0);
  const { proofs } = proven.json() as { proofs: readonly Proof[] };
  expect(proofs).toMatchObject([{ service: "auth", verdict: "passed", rollback: "keep" }]);
  const [reversal] = proofs[0]?.parts ?? [];
  expect(reversal?.evidence).toContain("by its own tool");
  expect(reversal?.evidence).toContain("column public.ships.sails is there beside");
  expect(reversal?.evidence).toContain("built from the recorded migrations");
  expect(
    await query(url, "select attname from pg_attribute where attrelid = 'ships'::regclass and attnum > 1"),
  ).toEqual([]);
  expect((await run("deploy", "staging")).code).toBe(0);
  // One that fails there is refused before anything is done here.
  migrate("alter table no_such_table add column sails int", "3");
  const refused = await run("deploy", "staging");
  expect(refused.code).toBe(3);
  expect(JSON.stringify(refused.json())).toContain("auth: node migrate.mjs ended with exit code 1");
}, 200_000);
