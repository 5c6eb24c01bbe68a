import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { specOf } from "../../../test/fleet-samples.ts";
import { testRun } from "../../../test/migration-run.ts";
import { query, testPostgres } from "../../../test/postgres.ts";
import type { SmokeCheck } from "../../fleet/fleet.ts";
import { systemClock } from "../../io/clock.ts";
import { systemRandom } from "../../io/random.ts";
import type { PlannedMigration } from "../../plan/plan.ts";
import { applyMigrations } from "../apply-migrations.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import type { Ground, Migrating, ProofCx } from "./ground.ts";
import type { Proof, ProofPartName } from "./proof.ts";
import { proveOn } from "./prove.ts";
import { openScratch, type ScratchServer } from "./scratch/scratch-server.ts";
import { processStarter } from "./start-process.ts";
import type { Starter, Witness } from "./witness.ts";

/** One database with the services `shop` and `audit`, as two roles, and one warm scratch server for all proofs. */
const postgres = testPostgres();
const folder = mkdtempSync(join(tmpdir(), "sampan-prove-"));
let scratch: ScratchServer;
let environment: string;
let version = 0;

const FIRST = [
  `create type state as enum ('open', 'paid');
   create table orders (id int generated always as identity primary key, code varchar(10) not null, note text, state state not null default 'open', total int not null default 0);
   create table events (id bigserial primary key, order_id int not null references orders, what text not null);
   insert into orders (code, note) values ('a-100', 'first'), ('a-200', null);
   grant select, insert, update, delete on orders, events to shop_app;
   grant select on orders to audit_app;
   grant usage on all sequences in schema public to shop_app;`,
  "drop table events; drop table orders; drop type state;",
] as const;

const OLD = {
  list: "select id, code, note, state, total from orders order by id",
  add: "insert into orders (code, note) values ('n-' || floor(random() * 99999), 'new') returning id",
};

beforeAll(async () => {
  const opened = await openScratch({
    major: 18,
    url: null,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  });
  if ("code" in opened) throw new Error(opened.message);
  scratch = opened;
  environment = await postgres.database();
  await query(
    environment,
    `create role shop_owner login password 'x'; create role shop_app login password 'x'; create role audit_app login password 'x';
     grant all on schema public to shop_owner; grant usage on schema public to shop_app, audit_app`,
  );
  const run = await testRun(asRole("shop_owner"), { "0001_orders": FIRST }, { service: "shop" });
  await applyMigrations(run);
}, 120_000);
afterAll(async () => {
  await scratch?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function asRole(role: string): string {
  const url = new URL(environment);
  url.username = role;
  url.password = "x";
  return url.href;
}

type Code = Readonly<{
  sql: Record<string, string>;
  knows?: readonly string[];
  diesAtStart?: boolean;
  smoke?: readonly string[];
}>;

/** An artifact of a service that sends these statements. */
function witness(service: string, code: Code, queries: readonly string[] = []): Witness {
  version += 1;
  const source = join(folder, `${service}-${version}`);
  mkdirSync(source);
  const artifact = `sha256:${String(version).padStart(64, "0")}`;
  cpSync(fileURLToPath(new URL("../../../test/tiny/database-server.mjs", import.meta.url)), join(source, "server.mjs"));
  writeFileSync(join(source, "behaviour.json"), JSON.stringify(code));
  writeFileSync(join(source, "sampan-bundle.json"), JSON.stringify({ artifact, start: ["node", "server.mjs"] }));
  const checks = (code.smoke ?? Object.keys(code.sql)).map(
    (path): SmokeCheck => ({
      kind: "request",
      method: "GET",
      path: `/${service}/${path}`,
      headers: {},
      expect: { status: 200, headers: {}, json: {}, latency: null },
    }),
  );
  return {
    service,
    artifact,
    source,
    files: source,
    spec: specOf(service, {
      health: { path: "/health", every: 50, healthyFor: 0, timeout: 15_000 },
      smoke: { kind: "checks", checks, retries: 0, every: 100 },
    }),
    variables: { DATABASE_URL: asRole(`${service}_app`), PG_MODULE: fileURLToPath(import.meta.resolve("pg")) },
    given: {},
    checks: [],
    queries,
  };
}

type Change = Readonly<{
  up: string;
  down: string | null;
  next?: Code;
  old?: Witness;
  neighbours?: readonly Witness[];
  first?: boolean;
  codeFirst?: boolean;
  held?: number;
  phase?: PlannedMigration["phase"];
  start?: Starter;
}>;

const never = new AbortController().signal;

async function proofOf(change: Change): Promise<Proof> {
  const run = await testRun("postgres://nobody@127.0.0.1/none", {
    "0001_orders": FIRST,
    "0002_change": [change.up, change.down],
  });
  const [before, after] = run.files as [PlannedMigration, PlannedMigration];
  const client = new pg.Client({ connectionString: asRole("shop_owner") });
  await client.connect();
  const catalog = await readCatalog(client, ["shop_owner", "shop_app", "audit_app"]);
  await client.end();
  const running = change.first === true ? [] : [change.old ?? witness("shop", { sql: OLD })];
  const next = witness("shop", change.next ?? { sql: OLD });
  const migrating: Migrating = {
    service: "shop",
    role: "shop_owner",
    folder: run.folder,
    files: [{ ...after, phase: change.phase ?? "expand" }],
    next,
    nextArtifact: next.artifact,
    codeFirst: change.codeFirst ?? false,
    seed: null,
  };
  const ground: Ground = {
    fleet: "test",
    environment: "staging",
    url: asRole("shop_owner"),
    catalog,
    recorded: [
      { service: "shop", role: "shop_owner", folders: [run.folder], applied: [{ ...before, release: "r1", at: 1 }] },
    ],
    migrating: [migrating],
    running: [...running, ...(change.neighbours ?? [])],
  };
  const cx: ProofCx = {
    server: scratch,
    start: change.start ?? processStarter({ folder, clock: systemClock }),
    clock: systemClock,
    random: systemRandom,
    signal: never,
    mask: (text) => text,
    log: () => undefined,
    progress: () => undefined,
    patience: 1_500,
  };
  const [proof] = await proveOn(ground, { folder, migrationOf: () => "m", held: change.held ?? 200 }, cx);
  if (proof === undefined) throw new Error("a proof");
  return proof;
}

const verdicts = ({ parts }: Proof): Readonly<Record<string, string>> =>
  Object.fromEntries(parts.map(({ part, verdict }) => [part, verdict]));
const evidence = ({ parts }: Proof, name: ProofPartName): string =>
  parts.find(({ part }) => part === name)?.evidence ?? "";

describe("a proof", { timeout: 120_000 }, () => {
  test("add a column: all bear it, and a rollback keeps it", async () => {
    const proof = await proofOf({
      up: "alter table orders add column phone text",
      down: "alter table orders drop column phone",
      next: { sql: { ...OLD, add: "insert into orders (code, phone) values ('p', '1') returning id" } },
      held: 3_000,
    });
    expect(proof).toMatchObject({ verdict: "passed", rollback: "keep" });
    expect(verdicts(proof)).toEqual({
      reversal: "passed",
      "old-on-new": "passed",
      rollback: "passed",
      locks: "passed",
    });
    expect(evidence(proof, "reversal")).toContain("built from the recorded migrations");
  });

  test("rename a column: old code breaks, and it is said by which check and statement", async () => {
    const proof = await proofOf({
      up: "alter table orders rename column note to remark",
      down: "alter table orders rename column remark to note",
      next: {
        sql: { list: "select id, remark from orders", add: "insert into orders (code, remark) values ('r', 'x')" },
      },
    });
    expect(proof).toMatchObject({ verdict: "failed", rollback: "revert" });
    expect(evidence(proof, "old-on-new")).toContain("GET /shop/list: expected 200, got 500");
    expect(evidence(proof, "old-on-new")).toContain('column "note" does not exist (42703), in: select id, code, note');
    expect(verdicts(proof).reversal).toBe("passed");
  });

  test("not null without a default: what old code inserts is refused", async () => {
    const proof = await proofOf({
      up: "alter table orders add column city text; update orders set city = 'x'; alter table orders alter column city set not null",
      down: "alter table orders drop column city",
      next: { sql: { add: "insert into orders (code, city) values ('c', 'Hue')" } },
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("23502");
  });

  test("a value of an enum that old code does not know: only new code's data shows it, and the down cannot take it", async () => {
    const proof = await proofOf({
      up: "-- sampan: irreversible because a value of an enum stays\nalter type state add value 'lost'",
      down: null,
      old: witness("shop", { sql: { list: "select state from orders" }, knows: ["open", "paid"] }),
      next: { sql: { add: "insert into orders (code, state) values ('l', 'lost')" } },
    });
    expect(verdicts(proof)).toMatchObject({ "old-on-new": "passed", rollback: "failed" });
    expect(proof.rollback).toMatchObject({ noWayBack: [{ table: "shop" }] });
  });

  test("a type of another kind that old code cannot write", async () => {
    const proof = await proofOf({
      up: "alter table orders alter column code type char(3) using left(code, 3)",
      down: "alter table orders alter column code type varchar(10)",
      next: { sql: { list: "select code from orders" } },
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("22001");
    // Cut off is gone.
    expect(verdicts(proof).reversal).toBe("failed");
    expect(proof.downLoses).toContainEqual({ table: "public.orders", loss: expect.stringContaining("column code") });
  });

  test("a revoked right that only a neighbour feels", async () => {
    const audit = witness("audit", { sql: { count: "select count(*)::int as n from orders" } });
    const proof = await proofOf({
      up: "revoke select on orders from audit_app",
      down: "grant select on orders to audit_app",
      neighbours: [audit],
    });
    expect(verdicts(proof)).toMatchObject({ reversal: "passed", "old-on-new": "passed", neighbours: "failed" });
    expect(evidence(proof, "neighbours")).toContain("audit: GET /audit/count");
    expect(evidence(proof, "neighbours")).toContain("permission denied for table orders (42501)");
    expect(proof).toMatchObject({ verdict: "failed", rollback: "revert" });
  });

  test("a down that loses data names the table and what is lost", async () => {
    const proof = await proofOf({
      up: "alter table orders drop column total",
      down: "alter table orders add column total int not null default 0",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
      next: { sql: { list: "select id, code from orders" } },
    });
    const lost = await proofOf({
      up: "update orders set note = null",
      down: "select 1",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
    });
    // Zeros come back as zeros.
    expect(verdicts(proof)).toMatchObject({ "old-on-new": "passed" });
    expect(evidence(lost, "reversal")).toMatch(/data: public.orders: column note: \d values? (are others|are gone)/);
    expect(lost).toMatchObject({ verdict: "failed", rollback: "keep" });
    expect(lost.downLoses).toMatchObject([{ table: "public.orders" }]);
    const meant = await proofOf({
      up: "alter table orders drop column note",
      down: "alter table orders add column note text",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
      next: { sql: { list: "select id, code from orders" } },
      phase: "contract",
    });
    expect(meant).toMatchObject({ verdict: "passed", rollback: "keep", downLoses: [{ table: "public.orders" }] });
    expect(evidence(meant, "reversal")).toMatch(/note: data: public.orders: column note: \d values? are gone/);
  });

  test("an index that new code needs unique", async () => {
    const proof = await proofOf({
      up: "create unique index one_note on orders (note) where note = 'new'",
      down: "drop index one_note",
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("duplicate key value violates unique constraint");
  });

  test("what old code prepared on an open connection breaks by itself, and statements say what they answer and write", async () => {
    const queries = [
      "select * from orders order by id",
      "insert into orders (code) values ('q')",
      '-- values: ["a-100"]\nselect total from orders where code = $1',
    ];
    const proof = await proofOf({
      up: "alter table orders add column extra int; alter table orders alter column total set default 5",
      down: "alter table orders drop column extra; alter table orders alter column total set default 0",
      old: witness("shop", { sql: { list: "select id, code from orders" } }, queries),
    });
    const text = evidence(proof, "old-on-new");
    expect(text).toContain("cached plan must not change result type (0A000)");
    expect(text).toContain("insert into orders (code) values ('q') (anew): writes other values: total");
    expect(text).not.toContain("select total");
  });

  test("nothing runs yet: only the reversal is proven", async () => {
    const proof = await proofOf({ up: "create table more (id int)", down: "drop table more", first: true });
    expect(proof).toMatchObject({ verdict: "passed", rollback: "keep", running: null });
    expect(verdicts(proof)).toEqual({ reversal: "passed", "old-on-new": "passed" });
    expect(evidence(proof, "old-on-new")).toContain("nothing runs there yet");
  });

  test("never passes for want of evidence", async () => {
    const column = { up: "alter table orders add column phone text", down: "alter table orders drop column phone" };
    const dead = await proofOf({ ...column, old: witness("shop", { sql: OLD, diesAtStart: true }) });
    expect(dead).toMatchObject({ verdict: "inconclusive" });
    expect(evidence(dead, "old-on-new")).toContain("it ended: exit code 9");
    const mute = await proofOf({ ...column, old: witness("shop", { sql: OLD, smoke: [] }) });
    expect(verdicts(mute)["old-on-new"]).toBe("inconclusive");
    const broken = await proofOf({ ...column, old: witness("shop", { sql: { list: "select nothing from nowhere" } }) });
    expect(evidence(broken, "old-on-new")).toContain("its checks fail on the schema as it is");
    expect(broken.verdict).toBe("inconclusive");
    const unstartable = await proofOf({ ...column, start: () => Promise.reject(new Error("no such image")) });
    expect(evidence(unstartable, "old-on-new")).toContain("it cannot be started: no such image");
    expect(unstartable.verdict).toBe("inconclusive");
  });

  test("code that is to come before its migrations is tried on the old schema", async () => {
    const column = {
      up: "alter table orders add column phone text",
      down: "alter table orders drop column phone",
      codeFirst: true,
    };
    const works = await proofOf(column);
    expect(verdicts(works)["new-on-old"]).toBe("passed");
    const needs = await proofOf({ ...column, next: { sql: { list: "select phone from orders" } } });
    expect(evidence(needs, "new-on-old")).toContain("does not work before its migrations");
    expect(verdicts(needs)["new-on-old"]).toBe("failed");
  });

  test("a down that leaves something behind, fails, or an up that cannot run again", async () => {
    const left = await proofOf({
      up: "alter table orders add column a int, add column b int",
      down: "alter table orders drop column a",
    });
    expect(evidence(left, "reversal")).toContain("column public.orders.b is there beside");
    const fails = await proofOf({
      up: "alter table orders add column a int",
      down: "alter table orders drop column z",
    });
    expect(evidence(fails, "reversal")).toMatch(/down fails: .*0002_change.down.sql:1:1: column "z".*does not exist/);
    const grants = await proofOf({
      up: "revoke delete on orders from shop_app",
      down: "select 1",
      old: witness("shop", { sql: { list: "select 1" } }),
    });
    expect(evidence(grants, "reversal")).toContain("table public.orders: acl lacks shop_app=DELETE");
  });
});
