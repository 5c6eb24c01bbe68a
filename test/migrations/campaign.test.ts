import { expect, test } from "vitest";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { revertMigrations } from "../../src/migrations/revert-migrations.ts";
import { campaign, seed } from "../campaign.ts";
import { testRun } from "../migration-run.ts";
import { query, testPostgres } from "../postgres.ts";
import { BOUND, bystander } from "./bystander.ts";
import { expectWhole, LEDGER, persist, prepareGround } from "./ledger.ts";
import { type Moment, wire } from "./wire.ts";

const postgres = testPostgres();

const MOMENTS: readonly Moment[] = ["before", "during", "after"];

type Direction = "up" | "down";

/** How many statements a run without any fault sends. */
async function statementsOf(direction: Direction): Promise<readonly string[]> {
  const url = await postgres.database();
  await prepareGround(url);
  const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
  if (direction === "down") await applyMigrations(run);
  const counting = await wire(url, null);
  await (direction === "up" ? applyMigrations : revertMigrations)({ ...run, url: counting.url });
  counting.close();
  return counting.sent();
}

test("the connection cut before, during and after every statement: nothing is done twice or by half, and nobody waits", async () => {
  const all: { direction: Direction; nth: number; moment: Moment; statement: string }[] = [];
  for (const direction of ["up", "down"] as const)
    for (const [nth, statement] of (await statementsOf(direction)).entries())
      for (const moment of MOMENTS) all.push({ direction, nth, moment, statement });
  expect(all.length).toBeGreaterThan(300);
  expect(all.filter(({ statement }) => statement === "commit").length).toBeGreaterThan(30);
  const stride = Math.max(1, Math.floor(all.length / campaign(all.length)));
  const chosen = all.filter((_, index) => index % stride === seed % stride);
  let longest = 0;
  let cutOff = 0;
  for (const { direction, nth, moment, statement } of chosen) {
    const url = await postgres.database();
    await prepareGround(url);
    const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
    if (direction === "down") await applyMigrations(run);
    const cut = await wire(url, { nth, moment });
    const watching = await bystander(url);
    const where = `${direction} ${nth} ${moment}: ${statement.slice(0, 80)}`;
    try {
      const work = direction === "up" ? applyMigrations : revertMigrations;
      cutOff += await persist({ ...run, url: cut.url }, work);
      await expectWhole(url, direction === "up");
    } catch (error) {
      throw new Error(where, { cause: error });
    } finally {
      const { longest: waited, done } = await watching.stop();
      expect(done, where).toBeGreaterThan(0);
      longest = Math.max(longest, waited);
      cut.close();
    }
  }
  expect(longest).toBeLessThan(BOUND);
  expect(cutOff).toBeGreaterThan(chosen.length / 4);
  console.log(
    `${chosen.length} of ${all.length} cuts on the wire: 0 applied twice, 0 by half; the longest wait of others ${Math.round(longest)} ms`,
  );
}, 1_800_000);

test("the same with server processes ended instead of connections", async () => {
  const rounds = campaign(60);
  let ended = 0;
  let longest = 0;
  for (let round = 0; round < rounds; round += 1) {
    const url = await postgres.database();
    await prepareGround(url);
    const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
    const watching = await bystander(url);
    for (const work of [applyMigrations, revertMigrations, applyMigrations]) {
      let going = true;
      const ending = (async () => {
        for (let kill = 0; kill < 3 && going; kill += 1) {
          await new Promise((resolve) => setTimeout(resolve, ((seed + round * 7 + kill * 13) * 17) % 70));
          const { length } = await query(
            url,
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sampan r1' and datname = current_database()",
          );
          ended += length;
        }
      })();
      await persist(run, work);
      going = false;
      await ending;
      await expectWhole(url, work === applyMigrations);
    }
    longest = Math.max(longest, (await watching.stop()).longest);
  }
  expect(ended).toBeGreaterThan(rounds);
  expect(longest).toBeLessThan(BOUND);
  console.log(
    `${ended} server processes ended: 0 applied twice, 0 by half; the longest wait of others ${Math.round(longest)} ms`,
  );
}, 1_800_000);
