import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { readCatalog } from "../../src/migrations/catalog/read-catalog.ts";
import { dropDatabases } from "../../src/migrations/prove/scratch/databases.ts";
import { fromDump } from "../../src/migrations/prove/scratch/from-dump.ts";
import { openScratch, type ScratchServer, withAdmin } from "../../src/migrations/prove/scratch/scratch-server.ts";
import { makeTemplate } from "../../src/migrations/prove/scratch/template.ts";
import { query, testPostgres } from "../postgres.ts";
import { startOther } from "../postgres-majors.ts";
import { evidence, OLD, proofStage, verdicts } from "./proof-stage.ts";

const open = (major: number, url: string | null) =>
  openScratch({
    ...{ major, url, clock: systemClock, random: systemRandom },
    signal: new AbortController().signal,
  });

describe("a scratch server that is given by its URL", { timeout: 120_000 }, () => {
  const given = testPostgres();
  const { proofOf, witness } = proofStage();

  test("serves a proof as one that was started for it, without a log to read", async () => {
    const server = await open(18, given.server().adminUrl("postgres"));
    if ("code" in server) throw new Error(server.message);
    expect(server.log).toBeNull();
    const column = { up: "alter table orders add column phone text", down: "alter table orders drop column phone" };
    const passes = await proofOf({ ...column, server });
    expect(passes).toMatchObject({ verdict: "passed", rollback: "keep" });
    const breaks = await proofOf({
      up: "alter table orders rename column note to remark",
      down: "alter table orders rename column remark to note",
      old: witness("shop", { sql: OLD }),
      next: { sql: { list: "select id, remark from orders" } },
      server,
    });
    expect(verdicts(breaks)["old-on-new"]).toBe("failed");
    expect(evidence(breaks, "old-on-new")).toContain("GET /shop/list: expected 200, got 500");
    // It is somebody's, and what was made on it is gone.
    const left = await query(
      given.server().adminUrl("postgres"),
      "select datname from pg_database where datname like 'sampan%'",
    );
    expect(left).toEqual([]);
    await server.stop();
    expect(await query(given.server().adminUrl("postgres"), "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("is refused where it is of another major, is not ours alone, or its role may not do everything", async () => {
    const url = given.server().adminUrl("postgres");
    expect(await open(17, url)).toMatchObject({
      code: "scratch-unusable",
      message: expect.stringContaining("is PostgreSQL 18, and the environment's is 17"),
    });
    await query(url, "create role weak login password 'weak'");
    const weak = new URL(url);
    weak.username = weak.password = "weak";
    expect(await open(18, weak.href)).toMatchObject({
      message: expect.stringContaining("does not let weak be a superuser"),
    });
    await given.database();
    expect(await open(18, url)).toMatchObject({
      message: expect.stringContaining("serves other databases too: test_1"),
    });
  });
});

const DEBIAN = "/usr/lib/postgresql/15/bin";
const dumps = existsSync(`${DEBIAN}/pg_dump`);
if (!dumps) console.log("skipped: a schema that is dumped, because no PostgreSQL with its pg_dump is installed here");

describe.runIf(dumps)("a schema that no recorded migration made", { timeout: 120_000 }, () => {
  test("is dumped by a pg_dump of its major, compared, and proven on", async () => {
    const environment = await startOther(DEBIAN);
    const url = environment.url("postgres");
    await query(
      url,
      `create role keeper login password 'x'; create table ships (id int primary key, name text not null check (name <> ''));
       create view named as select name from ships; grant select on ships to keeper; alter table ships owner to keeper`,
    );
    const server = (await open(15, null)) as ScratchServer;
    const catalog = await withAdmin({ ...server, url: environment.url }, "postgres", (client) => readCatalog(client));
    const ground = {
      ...{ fleet: "test", environment: "staging", url, catalog, purposes: new Map(), running: [], migrating: [] },
      // Applied once, and its file is in no artifact any more.
      recorded: [
        {
          ...{ service: "shop", role: "keeper", folders: [], tool: null },
          applied: [{ name: "0001_ships", sha256: "0", phase: "expand", rollback: null, release: "r1", at: 1 }],
        },
      ],
    } as const;
    const cx = {
      ...{ server, folder: "/nowhere", clock: systemClock, random: systemRandom, patience: 1_000 },
      ...{ start: () => Promise.reject(new Error("nothing is started")), signal: new AbortController().signal },
      ...{ mask: (text: string) => text, log: () => undefined, progress: () => undefined },
    };
    const made = await makeTemplate(ground, cx);
    expect(made).toMatchObject({ notes: ["dumped"], samples: { tables: 1 } });
    if ("database" in made) await dropDatabases(cx, [made.database]);
    // One that has another schema by now: what was dumped is not what was read before.
    await query(url, "alter table ships add column masts int");
    const drifted = await fromDump(ground, cx, { why: "no files", differences: [] });
    expect(drifted).toMatchObject({
      why: "no files; the schema dumped is not the environment's",
      differences: [expect.stringContaining("public.ships.masts")],
    });
    await server.stop();
    await environment.stop();
  });
});
