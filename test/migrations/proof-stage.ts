import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import type { SmokeCheck } from "../../src/fleet/fleet.ts";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { readCatalog } from "../../src/migrations/catalog/read-catalog.ts";
import type { Ground, Migrating, ProofCx, Tool } from "../../src/migrations/prove/ground.ts";
import type { Proof, ProofPartName } from "../../src/migrations/prove/proof.ts";
import { proveOn } from "../../src/migrations/prove/prove.ts";
import { openScratch, type ScratchServer } from "../../src/migrations/prove/scratch/scratch-server.ts";
import { processStarter } from "../../src/migrations/prove/start-process.ts";
import type { Starter, Witness } from "../../src/migrations/prove/witness.ts";
import type { PlannedMigration } from "../../src/plan/plan.ts";
import { specOf } from "../fleet-samples.ts";
import { testRun } from "../migration-run.ts";
import { query, testPostgres } from "../postgres.ts";

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

export const OLD = {
  list: "select id, code, note, state, total from orders order by id",
  add: "insert into orders (code, note) values ('n-' || floor(random() * 99999), 'new') returning id",
};

export type Code = Readonly<{
  sql: Record<string, string>;
  knows?: readonly string[];
  diesAtStart?: boolean;
  /** It prepares what it sends, by name. */
  named?: boolean;
  smoke?: readonly string[];
}>;

export type Change = Readonly<{
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
  /** Instead of the one that is started for the tests. */
  server?: ScratchServer;
  /** A data migration after it. */
  data?: string;
  /** Runs in the place of `up`. */
  tool?: Tool;
}>;

/** Another way to prove: with a bug in it. */
export type ProveOn = typeof proveOn;

/** One database with the services `shop` and `audit`, as two roles, and one warm scratch server for all proofs. */
export function proofStage() {
  const postgres = testPostgres();
  const folder = mkdtempSync(join(tmpdir(), "sampan-prove-"));
  let scratch: ScratchServer;
  let environment: string;
  let version = 0;

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

  /** An artifact of a service that sends these statements. */
  function witness(service: string, code: Code, queries: readonly string[] = []): Witness {
    version += 1;
    const source = join(folder, `${service}-${version}`);
    mkdirSync(source);
    const artifact = `sha256:${String(version).padStart(64, "0")}`;
    cpSync(fileURLToPath(new URL("../tiny/database-server.mjs", import.meta.url)), join(source, "server.mjs"));
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

  async function proofOf(change: Change, prove: typeof proveOn = proveOn): Promise<Proof> {
    const run = await testRun("postgres://nobody@127.0.0.1/none", {
      "0001_orders": FIRST,
      "0002_change": [change.up, change.down],
      ...(change.data === undefined ? {} : { "0003_fill": [`-- sampan: batches ${change.data}`, null] as const }),
    });
    const [before, after, ...data] = run.files as [PlannedMigration, PlannedMigration];
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
      data,
      tool: change.tool ?? null,
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
      purposes: new Map(),
      recorded: [
        {
          ...{ service: "shop", role: "shop_owner", folders: [run.folder], tool: null },
          applied: [{ ...before, release: "r1", at: 1 }],
        },
      ],
      migrating: [migrating],
      running: [...running, ...(change.neighbours ?? [])],
    };
    const cx: ProofCx = {
      ...{ server: change.server ?? scratch, folder },
      start: change.start ?? processStarter({ folder, clock: systemClock }),
      clock: systemClock,
      random: systemRandom,
      signal: new AbortController().signal,
      mask: (text) => text,
      log: () => undefined,
      progress: () => undefined,
      patience: 1_500,
    };
    const [proof] = await prove(ground, { folder, migrationOf: () => "m", held: change.held ?? 200 }, cx);
    if (proof === undefined) throw new Error("a proof");
    return proof;
  }

  return { witness, proofOf, scratch: () => scratch, environment: () => environment };
}

export const verdicts = ({ parts }: Proof): Readonly<Record<string, string>> =>
  Object.fromEntries(parts.map(({ part, verdict }) => [part, verdict]));
export const evidence = ({ parts }: Proof, name: ProofPartName): string =>
  parts.find(({ part }) => part === name)?.evidence ?? "";
