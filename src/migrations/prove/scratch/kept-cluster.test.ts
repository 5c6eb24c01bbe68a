import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../io/clock.ts";
import { systemRandom } from "../../../io/random.ts";
import { openScratch, type ScratchServer, withAdmin } from "./scratch-server.ts";

const cache = mkdtempSync(join(tmpdir(), "sampan-cache-"));
const before = process.env.XDG_CACHE_HOME;
beforeAll(() => {
  process.env.XDG_CACHE_HOME = cache;
});
afterAll(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(cache, { recursive: true, force: true });
});

async function open(): Promise<ScratchServer> {
  const wish = { major: 18, url: null, clock: systemClock, random: systemRandom };
  const opened = await openScratch({ ...wish, signal: new AbortController().signal });
  if ("code" in opened) throw new Error(opened.message);
  return opened;
}

const databases = (server: ScratchServer) =>
  withAdmin(server, "postgres", async (client) => {
    await client.query("create database left_behind");
    const { rows } = await client.query<{ name: string }>("select datname as name from pg_database order by 1");
    return rows.map(({ name }) => name);
  });

test("an empty cluster is made once and copied from then on; one that is damaged is made anew", {
  timeout: 120_000,
}, async () => {
  const first = await open();
  expect(await databases(first)).toContain("left_behind");
  await first.stop();
  const [kept = ""] = readdirSync(join(cache, "sampan"));
  // As it was before any server ran on it: nothing of the first is in the second, which others use meanwhile.
  const [second, third] = await Promise.all([open(), open()]);
  expect(second.password).toBe(first.password);
  expect(await databases(second)).toEqual(["left_behind", "postgres", "template0", "template1"]);
  expect(await databases(third)).toContain("left_behind");
  await Promise.all([second.stop(), third.stop()]);
  writeFileSync(join(cache, "sampan", kept, "data", "global", "pg_control"), "damaged");
  const fourth = await open();
  expect(fourth.password).not.toBe(first.password);
  await fourth.stop();
  expect(readdirSync(join(cache, "sampan"))).toEqual([kept]);
});
