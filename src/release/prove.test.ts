import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { serviceOf } from "../../test/fleet-samples.ts";
import { query, testPostgres } from "../../test/postgres.ts";
import { openSqliteStore } from "../engine/sqlite/sqlite-store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { systemClock } from "../io/clock.ts";
import { sha256 } from "../io/digest.ts";
import { systemRandom } from "../io/random.ts";
import { openScratch } from "../migrations/prove/scratch/scratch-server.ts";
import type { DesiredService } from "../plan/desired.ts";
import { type ProvingOrder, prove } from "./prove.ts";
import type { Workplace } from "./workplace.ts";

vi.mock(import("../migrations/prove/scratch/scratch-server.ts"), async (original) => {
  const own = await original();
  return { ...own, openScratch: vi.fn(own.openScratch) };
});

const postgres = testPostgres();
/** A server that serves nothing else. */
const spare = testPostgres();
const folder = mkdtempSync(join(tmpdir(), "sampan-prove-"));
const store = await openSqliteStore(join(folder, "store"));
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A service that brings one migration, `up`, to a database of its own; nothing runs there yet. */
function coming(name: string, up: string): DesiredService {
  const source = join(folder, name);
  mkdirSync(join(source, "migrations"), { recursive: true });
  writeFileSync(join(source, "migrations", "0001_own.up.sql"), up);
  writeFileSync(join(source, "migrations", "0001_own.down.sql"), `drop table ${name}`);
  const file = { name: "0001_own", sha256: sha256(up), phase: "expand", rollback: null } as const;
  const migrations = { urlVariable: "URL", up: [file], after: [], waiting: [], down: [], downSource: null } as const;
  return serviceOf(name, "1", { source, migrations: { ...migrations, downWhen: "last", held: [], level: null } });
}

function orderOf(
  services: readonly DesiredService[],
  urls: Readonly<Record<string, string>>,
  environment = "staging",
): ProvingOrder {
  const spec = { command: null, dir: "migrations", url: "URL", seed: null, checks: [], queries: null, format: null };
  const at = {
    fleet: {
      name: "test",
      services: Object.fromEntries(services.map(({ name }) => [name, { migrations: { ...spec, variables: {} } }])),
      environments: { staging: {}, production: {} },
    },
    store: async () => store,
    artifacts: () => ({ files: async ({ source }: { source: string }) => source }),
    processEnv: {},
    ...{ clock: systemClock, random: systemRandom, log: () => undefined, signal: new AbortController().signal },
  } as unknown as Workplace;
  const own = ([name, migrationUrl]: [string, string]) => {
    const all = { variables: [{ name: "URL", value: migrationUrl }] };
    return [name, { all, fixed: {}, rotates: {}, migrationUrl }] as const;
  };
  return {
    at,
    environment: { name: environment, target: { kind: "process" } } as unknown as Environment,
    configuration: {
      services: new Map(Object.entries(urls).map(own)),
      mask: (text: string) => text,
    } as unknown as ProvingOrder["configuration"],
    observed: { environment, services: {} },
    services,
    anew: false,
    mask: (text) => text,
    progress: () => undefined,
  };
}

test("databases are proven side by side on one scratch server, and what is proven is not proven again", {
  timeout: 120_000,
}, async () => {
  const urls = { ships: await postgres.database(), winds: await postgres.database(), tides: await postgres.database() };
  const services = [
    coming("ships", "create table ships (id int primary key)"),
    coming("winds", "create table winds (id int primary key, force int not null)"),
    coming("tides", "create table tides (id int); select 1 / 0"),
  ];
  const order = orderOf(services, urls);
  const { proofs, unproven } = await prove(order);
  expect(unproven).toEqual([]);
  expect(proofs.map(({ service, verdict }) => [service, verdict])).toEqual([
    ["ships", "passed"],
    ["winds", "passed"],
    ["tides", "failed"],
  ]);
  expect(proofs[2]?.parts[0]?.evidence).toContain("division by zero");
  expect(openScratch).toHaveBeenCalledTimes(1);
  // Nothing of it is in the environment.
  for (const url of Object.values(urls))
    expect(await query(url, "select from pg_class where relname in ('ships', 'winds', 'tides')")).toEqual([]);

  expect(await prove(order)).toEqual({ proofs, unproven: [] });
  expect(openScratch).toHaveBeenCalledTimes(1);
  // Another schema is another question; the others' answers stand.
  await query(urls.winds, "create table already (id int)");
  const again = await prove(order);
  expect(openScratch).toHaveBeenCalledTimes(2);
  expect(again.proofs.map(({ at }, nth) => at === proofs[nth]?.at)).toEqual([true, false, true]);
});

test("what one environment has proven is proven for another with the same artifacts and schema, whatever its roles are called", {
  timeout: 120_000,
}, async () => {
  vi.mocked(openScratch).mockClear();
  const services = [coming("rafts", "create table rafts (id int primary key)")];
  const urlOf = async (role: string): Promise<string> => {
    const url = await postgres.database();
    await query(url, `create role ${role} login superuser password 'secret'; create schema kept authorization ${role}`);
    return Object.assign(new URL(url), { username: role, password: "secret" }).href;
  };
  const [staging, production] = [await urlOf("rafts_staging"), await urlOf("rafts_production")];
  const first = await prove(orderOf(services, { rafts: staging }));
  expect(first.proofs.map(({ environment, verdict }) => [environment, verdict])).toEqual([["staging", "passed"]]);
  const then = orderOf(services, { rafts: production }, "production");
  const { proofs } = await prove(then);
  expect(openScratch).toHaveBeenCalledTimes(1);
  expect(proofs.map(({ environment, verdict }) => [environment, verdict])).toEqual([["production", "passed"]]);
  expect(proofs[0]?.parts[0]?.evidence).toMatch(/^in staging: /);
  expect(proofs[0]?.catalog).toBe(first.proofs[0]?.catalog);
  // It is kept for this one as well, and told as its own.
  expect(await prove(then)).toEqual({ proofs, unproven: [] });
  await query(production, "create role stranger; grant usage on schema kept to stranger");
  await prove(then);
  expect(openScratch).toHaveBeenCalledTimes(2);
});

test("a server that the environment variable names is used instead of one that is started", {
  timeout: 120_000,
}, async () => {
  vi.mocked(openScratch).mockClear();
  const scratch = await spare.database();
  const order = orderOf([coming("kites", "create table kites (id int primary key)")], {
    kites: await postgres.database(),
  });
  const at = { ...order.at, processEnv: { SAMPAN_SCRATCH_URL: scratch } };
  const { proofs, unproven } = await prove({ ...order, at });
  expect(unproven).toEqual([]);
  expect(proofs.map(({ service, verdict }) => [service, verdict])).toEqual([["kites", "passed"]]);
  expect(vi.mocked(openScratch).mock.calls.map(([wish]) => wish.url)).toEqual([scratch]);
  // All that was made there is gone, and nothing was started.
  const left = await query<{ name: string }>(scratch, "select datname as name from pg_database");
  expect(left.filter(({ name }) => !/^(test_|template|postgres)/.test(name))).toEqual([]);
});

test("a scratch server that is lost in the middle is replaced once for all who were on it", {
  timeout: 120_000,
}, async () => {
  vi.mocked(openScratch).mockClear();
  const services = ["red", "blue"].map((name) => coming(name, `create table ${name} (id int); select pg_sleep(0.3)`));
  const urls = { red: await postgres.database(), blue: await postgres.database() };
  const order = orderOf(services, urls);
  let first = true;
  const proving = prove({
    ...order,
    progress: ({ kind }) => {
      if (kind !== "building" || !first) return;
      first = false;
      const opened = vi.mocked(openScratch).mock.results[0]?.value as ReturnType<typeof openScratch>;
      void opened.then((server) => {
        if (!("code" in server)) setTimeout(() => void server.stop(), 400);
      });
    },
  });
  const { proofs } = await proving;
  expect(proofs.map(({ service, verdict }) => [service, verdict])).toEqual([
    ["red", "passed"],
    ["blue", "passed"],
  ]);
  expect(openScratch).toHaveBeenCalledTimes(2);
});
