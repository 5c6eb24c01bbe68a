import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../../src/postgres/start-postgres.ts";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { query } from "../postgres.ts";
import { type Seen, sail } from "./eight.ts";
import { violations } from "./eight-oracle.ts";

const COUNT = campaign(100);
const here = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "sampan-eight-"));
let server: PostgresServer;

/** One that would rather be fast than durable: what is not asked to be on disk is not there after a crash. */
const start = (port?: number): Promise<PostgresServer> =>
  startPostgres({
    folder: join(folder, "server"),
    superuserPassword: "test only",
    owned: true,
    settings: ["synchronous_commit=off", "wal_writer_delay=10s"],
    ...(port === undefined ? {} : { port }),
  });
beforeAll(async () => {
  server = await start();
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** As when the power fails: no process of it writes anything any more. */
async function crash(): Promise<void> {
  const { pid, port } = server;
  const others = await query<{ pid: number }>(server.adminUrl("postgres"), "select pid from pg_stat_activity").catch(
    () => [],
  );
  for (const one of [pid, ...others.map((other) => other.pid)]) {
    try {
      process.kill(one, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
  for (let tries = 0; ; tries += 1) {
    try {
      server = await start(port);
      return;
    } catch (error) {
      // A process of it that was born in between holds on to its memory until it notices.
      if (tries === 50) throw error;
      await sleep(100);
    }
  }
}

let voyages = 0;
async function voyage(more: Readonly<{ releases: number; root?: string; number: number; bound: number }>): Promise<{
  seen: Seen;
  found: readonly string[];
}> {
  voyages += 1;
  await query(server.adminUrl("postgres"), `create database eight_${voyages}`);
  const url = server.adminUrl(`eight_${voyages}`);
  const seen = await sail({
    url,
    releases: Array.from({ length: more.releases }, (_, nth) => `r${nth}`),
    deployers: 8,
    luck: chance(more.number),
    crash,
    bound: more.bound,
    ...(more.root === undefined ? {} : { root: more.root }),
  });
  return { seen, found: await violations(url, seen) };
}

it(`${COUNT} releases by 8 deployers whose connections, answers, processes and server are lost: none twice, no record lost`, {
  timeout: 120_000 + COUNT * 20_000,
}, async () => {
  const { seen, found } = await voyage({ releases: COUNT, number: 0, bound: 60_000 + COUNT * 15_000 });
  const { kills, acknowledged } = seen;
  console.log(
    `campaign: ${COUNT} releases by 8 deployers on one store: ${kills.connections} connections, ${kills.answers} answers, ${kills.deployers} deployers and ${kills.servers} servers killed, ${acknowledged.length} records acknowledged, ${seen.faults.length} times away for too long, ${found.length} violations, seed ${seed}`,
  );
  expect(found.join("\n")).toBe("");
  expect(kills.connections + kills.answers).toBeGreaterThan(COUNT);
});

/** A copy of the sources in which one thing is wrong. */
function planted(name: string, file: string, right: string, wrong: string): string {
  const root = join(folder, name);
  for (const part of ["src", "test"]) cpSync(join(here, part), join(root, part), { recursive: true });
  for (const part of ["package.json", "node_modules"]) symlinkSync(join(here, part), join(root, part));
  const path = join(root, file);
  const text = readFileSync(path, "utf8");
  if (text.split(right).length !== 2) throw new Error(`${file} has no one place to plant ${name} at`);
  writeFileSync(
    path,
    text.replace(right, () => wrong),
  );
  return root;
}

const BUGS = [
  {
    name: "what is taken is written once more",
    file: "src/engine/sql/journal-rows.ts",
    right: "(await insert(rows)) ? rows.length : await alreadyThere(release, last, rows)",
    wrong: "(await insert(rows)) ? rows.length : (lasts.delete(release), (last = await lastOf(release)), 0)",
    as: /^D /m,
  },
  {
    name: "what a broken connection cut off is taken for written",
    file: "src/engine/sql/journal-rows.ts",
    right: 'db.insertInto("journal").values(rows).execute())',
    wrong: 'db.insertInto("journal").values(rows).execute().catch(() => undefined))',
    as: /^[AC] /m,
  },
  {
    name: "an acknowledged record is not on disk",
    file: "src/engine/postgres/lasting.ts",
    right: "'synchronous_commit', 'on'",
    wrong: "'synchronous_commit', 'off'",
    as: /^[AES] /m,
  },
  {
    name: "a lease is taken whoever holds it",
    file: "src/engine/sql/lease-rows.ts",
    right: 'eb("leases.expires_at", "<=", now)',
    wrong: 'eb(now, "<=", now)',
    as: /^[LE] /m,
  },
];

/** Each run has its turn with one of them, the campaign with all. */
const some = BUGS.filter((_, at) => process.env.SAMPAN_CAMPAIGN === "full" || at === seed % BUGS.length);

describe("a store in which one thing is wrong is caught", { timeout: 300_000 }, () => {
  it.each(some)("$name", async ({ name, file, right, wrong, as }) => {
    const root = planted(name.replaceAll(" ", "-"), file, right, wrong);
    const caught: string[] = [];
    // Where it does not show at once, chance gets another chance.
    for (let number = 1; number <= 6 && !as.test(caught.join("\n")); number += 1)
      caught.push(...(await voyage({ releases: 4, root, number, bound: 20_000 })).found);
    expect(caught.join("\n")).toMatch(as);
  });
});
