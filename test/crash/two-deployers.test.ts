import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, it } from "vitest";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { instancesOf } from "../outside/processes.ts";
import { query, testPostgres } from "../postgres.ts";
import { sampan } from "../sampan.ts";
import { secondDeployer } from "../tiny/second-deployer.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { processEyes } from "./eyes.ts";
import { documentOf, routesIn } from "./looks.ts";
import { endSleepers, fallAsleep, overtaken, wakeUp } from "./overtaking.ts";

const COUNT = campaign(60);
const NAMES = ["auth", "points", "blog"] as const;
const REPLICAS = { auth: 1, points: 1, blog: 2 };

const postgres = testPostgres();
const fleets: TinyFleet[] = [];
afterEach(endSleepers);
afterAll(async () => {
  for (const fleet of fleets) await sinkFleet(fleet);
}, 60_000);

const run = (fleet: TinyFleet, ...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });
const all = (version: string) => Object.fromEntries(NAMES.map((name) => [name, { version }]));

/** `store`: of PostgreSQL, by the variable STORE. */
async function launched(name: string, store: string | null = null): Promise<TinyFleet> {
  const made = await tinyFleet(
    [{ name: "auth" }, { name: "points", needs: ["auth"] }, { name: "blog", needs: ["auth", "points"], replicas: 2 }],
    { fleet: name, health: "every: 50ms, healthyFor: 100ms, timeout: 8s" },
  );
  const fleet: TinyFleet = store === null ? made : { ...made, env: { ...made.env, STORE: store } };
  fleets.push(fleet);
  if (store !== null) fleet.write("sampan.yaml", `store: { url: STORE }\n${fleet.read("sampan.yaml")}`);
  fleet.commit("first", all("v0"));
  const { code, stderr } = await run(fleet, "deploy", "staging");
  if (code !== 0) throw new Error(`the first deployment ended ${code}: ${stderr}`);
  return fleet;
}

/** The lease of one store tells the other; stores of their own tell nothing, whatever they are. */
it.each([
  { stores: "two SQLite stores", count: COUNT, name: "overtaken" },
  { stores: "a PostgreSQL and a SQLite store", count: campaign(20), name: "mixed" },
])(
  "$count deployers with $stores put to sleep and overtaken have no effect any more",
  {
    timeout: 60_000 + COUNT * 60_000,
  },
  async ({ stores, count, name }) => {
    const fleet = await launched(name, name === "mixed" ? await postgres.database() : null);
    const other = secondDeployer(fleet);
    const eyes = processEyes(fleet);
    const found: string[] = [];
    let before = "v0";
    for (let number = 1; number <= count && found.length === 0; number += 1) {
      const luck = chance(number);
      const [first, second] = luck.happens(0.5) ? [fleet, other] : [other, fleet];
      found.push(...(await overtaken({ first, second, replicas: REPLICAS, eyes, number, before, luck, bound: 60 })));
      before = `b${number}`;
    }
    console.log(
      `campaign: two deployers with ${stores}: ${count} overtaken in their sleep, ${found.length} with effects of the stale one, seed ${seed}`,
    );
    expect(found.join("\n\n")).toBe("");
  },
);

it.each(["SQLite", "PostgreSQL"])(
  "a deployer asleep past its lease in one %s store is overtaken and stays without effect",
  {
    timeout: 180_000,
  },
  async (kind) => {
    const fleet = await launched("lease", kind === "SQLite" ? null : await postgres.database());
    const folder = join(fleet.root, "..");
    fleet.commit("one", all("a"));
    const sleeper = await fallAsleep(fleet, (output) => output.includes("✓ auth.bring"));
    fleet.commit("two", all("b"));
    expect((await run(fleet, "deploy", "staging")).code).toBe(6);
    let said = await run(fleet, "deploy", "staging", "--json");
    for (const until = performance.now() + 60_000; said.code !== 0 && performance.now() < until; ) {
      if (said.stdout.includes("store-busy")) {
        // It fell asleep in the middle of a write: asleep like that it holds the whole store, which is not what this is about.
        sleeper.child.kill("SIGCONT");
        await sleep(30);
        sleeper.child.kill("SIGSTOP");
      }
      await sleep(500);
      said = await run(fleet, "deploy", "staging", "--json");
    }
    expect({ code: said.code, ...documentOf(said) }).toMatchObject({ code: 0, status: "verified" });
    const stood = { instances: instancesOf(folder), routes: routesIn(folder) };
    expect(stood.instances.map(({ version }) => version)).toEqual(["b", "b", "b", "b"]);
    const stale = await wakeUp(sleeper);
    expect(stale.code, stale.stdout).toBe(6);
    expect({ instances: instancesOf(folder), routes: routesIn(folder) }).toEqual(stood);
    const resumed = await run(fleet, "resume", "staging", "--json");
    expect({ code: resumed.code, ...documentOf(resumed) }).toMatchObject({ code: 0, release: null });
    expect({ instances: instancesOf(folder), routes: routesIn(folder) }).toEqual(stood);
  },
);

it("a deployer that slept is refused by the database as well", { timeout: 180_000 }, async () => {
  const url = await postgres.database();
  const fleet = await tinyFleet([{ name: "ledger" }], {
    fleet: "ledger",
    service: "    migrations: { dir: migrations, url: MIGRATION_DATABASE_URL }\n",
  });
  fleets.push(fleet);
  fleet.write("env/staging.env", `MOTTO=first\nMIGRATION_DATABASE_URL=${url}\n`);
  fleet.write("services/ledger/.env.example", "MOTTO=\nMIGRATION_DATABASE_URL=\n");
  const migration = (to: TinyFleet, name: string, up: string, down: string) => {
    to.write(`services/ledger/migrations/${name}.up.sql`, up);
    to.write(`services/ledger/migrations/${name}.down.sql`, down);
  };
  fleet.write("services/ledger/migrations/README.md", "Of the ledger.\n");
  migration(fleet, "0001_ledger", "create table ledger (id int);\n", "drop table ledger;\n");
  fleet.commit("one", { ledger: { version: "1" } });
  const first = await run(fleet, "deploy", "staging");
  expect(first.code, first.stderr).toBe(0);
  const other = secondDeployer(fleet);

  // The first waits for a table that somebody holds, falls asleep there, and loses its connection.
  migration(fleet, "0002_a", "alter table ledger add a int;\n", "alter table ledger drop a;\n");
  fleet.commit("a", { ledger: { version: "a" } });
  const holder = holdTable(url);
  const sleeper = await fallAsleep(fleet, async () => (await migrating(url)).length > 0);
  for (const pid of await migrating(url)) await query(url, "select pg_terminate_backend($1)", [pid]);
  await holder.letGo();

  migration(other, "0002_b", "alter table ledger add b int;\n", "alter table ledger drop b;\n");
  other.commit("b", { ledger: { version: "b" } });
  const second = await run(other, "deploy", "staging");
  expect(second.stderr).toBe("");
  expect(second.code).toBe(0);
  const stale = await wakeUp(sleeper);
  expect(stale.code, stale.stdout + stale.stderr).toBe(6);
  const columns = await query(
    url,
    "select attname from pg_attribute where attrelid = 'ledger'::regclass and attnum > 0",
  );
  expect(columns).toEqual([{ attname: "id" }, { attname: "b" }]);
  expect(await query(url, "select name from sampan_migrations order by name")).toEqual([
    { name: "0001_ledger" },
    { name: "0002_b" },
  ]);
});

/** Sessions that have the turn to migrate. */
const migrating = async (url: string): Promise<number[]> =>
  (await query<{ pid: number }>(url, "select pid from pg_locks where locktype = 'advisory' and granted")).map(
    ({ pid }) => pid,
  );

/** Holds the table as a long transaction would, in a session of its own. */
function holdTable(url: string): { letGo: () => Promise<void> } {
  const held = query(url, "begin; lock table ledger in access exclusive mode; select pg_sleep(600); commit").catch(
    () => undefined,
  );
  return {
    letGo: async () => {
      await query(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()",
      );
      await held;
    },
  };
}
