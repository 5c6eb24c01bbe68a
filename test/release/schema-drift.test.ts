import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256, sha512t256 } from "../../src/io/digest.ts";
import { catalogAt } from "../../src/migrations/catalog/catalog-at.ts";
import { catalogHash } from "../../src/migrations/catalog/catalog-hash.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { Refused } from "../../src/problem.ts";
import { carryOut, type Order } from "../../src/release/carry-out.ts";
import { expectProvenSchema } from "../../src/release/expect-proven-schema.ts";
import type { Workplace } from "../../src/release/workplace.ts";
import { desiredOf, serviceOf, specOf } from "../fleet-samples.ts";
import { query, testPostgres } from "../postgres.ts";
import { workers } from "./workers.ts";

const postgres = testPostgres();
const UP = "create table sails (id int primary key)";
let fleet: Awaited<ReturnType<typeof workers>>;
let url: string;
beforeEach(async () => {
  fleet = await workers(["auth"]);
  url = await postgres.database();
  await query(url, "create table ships (id int primary key)");
  mkdirSync(join(fleet.folder, "migrations"));
  writeFileSync(join(fleet.folder, "migrations", "0001_sails.up.sql"), UP);
  writeFileSync(join(fleet.folder, "migrations", "0001_sails.down.sql"), "drop table sails");
});
afterEach(async () => {
  vi.doUnmock("../../src/release/expect-proven-schema.ts");
  await fleet.close();
});

/** A release with one migration, proven on the schema as it is now. */
async function proven(): Promise<Order> {
  const at = await fleet.deployer();
  const order = await fleet.order(at, await fleet.plan(at, "one"));
  const own = order.configuration.services.get("auth");
  if (own === undefined) throw new Error("auth has a configuration");
  const spec = specOf("auth", { port: null, routes: [], health: null });
  const made = serviceOf("auth", "one", { spec, source: fleet.folder });
  const file = { name: "0001_sails", sha256: sha256(UP), phase: "expand", rollback: null } as const;
  const migrations = {
    ...{ urlVariable: "MIGRATION_DATABASE_URL", up: [file], after: [], waiting: [], down: [], downSource: null },
    ...({ downWhen: "last", held: [], level: file.name } as const),
  };
  const revision = { ...made.revision, variables: await fleet.target.fingerprint("auth", own.fixed, at) };
  const desired = desiredOf([{ ...made, revision, migrations }]);
  const catalog = catalogHash(await catalogAt(url, at.signal, ["postgres"]), new Map());
  return {
    ...order,
    configuration: { ...order.configuration, services: new Map([["auth", { ...own, migrationUrl: url }]]) },
    plan: makePlan(desired, await fleet.target.observe({ signal: at.signal }), sha512t256),
    evidence: { proofs: [{ service: "auth", catalog, roles: ["postgres"] }] },
  };
}

const tables = async (): Promise<readonly string[]> =>
  (
    await query<{ name: string }>(
      url,
      "select relname::text as name from pg_class where relname in ('ships', 'sails') order by 1",
    )
  ).map(({ name }) => name);

describe("a schema that somebody changed after its migrations were proven", { timeout: 60_000 }, () => {
  it("is refused before anything is done, and one that is as it was is migrated", async () => {
    const heard: string[] = [];
    const notify: Workplace["notify"] = async ({ kind }) => void heard.push(kind);
    const { at, ...planned } = await proven();
    const order = { ...planned, at: { ...at, notify } };
    await query(url, "alter table ships add column by_hand int");
    const refused = await carryOut(order).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ exit: 3, problems: [{ code: "schema-drifted" }] });
    expect(await tables()).toEqual(["ships"]);
    expect(await (await order.at.store()).find(order.release)).toMatchObject({ status: "refused" });
    expect(heard).toEqual([]);
    await query(url, "alter table ships drop column by_hand");
    const again = await carryOut({ ...order, release: "r-again" });
    expect(again).toMatchObject({ status: "verified" });
    expect(heard).toEqual(["started", "verified"]);
    expect(await tables()).toEqual(["sails", "ships"]);
  });

  it("would be migrated by a release that did not look", async () => {
    const order = await proven();
    await query(url, "alter table ships add column by_hand int");
    vi.resetModules();
    vi.doMock("../../src/release/expect-proven-schema.ts", () => ({ expectProvenSchema: async () => undefined }));
    const blind = await import("../../src/release/carry-out.ts");
    await blind.carryOut(order);
    expect(await tables()).toEqual(["sails", "ships"]);
  });

  it("is no longer asked about once a migration has begun, nor where nothing was proven", async () => {
    const order = await proven();
    await query(url, "grant select on ships to public");
    const look = (over: Partial<Parameters<typeof expectProvenSchema>[0]>): Promise<void> =>
      expectProvenSchema({ ...order, records: [], signal: order.at.signal, ...over });
    await expect(look({})).rejects.toMatchObject({ problems: [{ code: "schema-drifted" }] });
    const step = order.plan.steps.find(({ action }) => action.kind === "migrate")?.id ?? "";
    const begun = { kind: "intended", step, at: 1, operationId: "r1/x/1", ordinal: 1 } as never;
    await expect(look({ records: [begun] })).resolves.toBeUndefined();
    await expect(look({ evidence: {} })).resolves.toBeUndefined();
  });
});
