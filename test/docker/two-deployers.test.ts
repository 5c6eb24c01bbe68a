import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, it } from "vitest";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { documentOf } from "../crash/looks.ts";
import { endSleepers, fallAsleep, overtaken, wakeUp } from "../crash/overtaking.ts";
import { sampan } from "../sampan.ts";
import { secondDeployer } from "../tiny/second-deployer.ts";
import { sinkComposeFleet } from "./compose-fleet.ts";
import { type DeployedContainers, launchedContainers } from "./kill-fleet.ts";

const COUNT = campaign(20);

const fleets: DeployedContainers["fleet"][] = [];
afterEach(endSleepers);
afterAll(async () => {
  for (const fleet of fleets) await sinkComposeFleet(fleet);
}, 180_000);

async function launched(): Promise<DeployedContainers> {
  const at = await launchedContainers();
  fleets.push(at.fleet);
  return at;
}

it(`${COUNT} deployers of containers put to sleep and overtaken have no effect any more`, {
  timeout: 180_000 + COUNT * 120_000,
}, async () => {
  const { fleet, replicas, eyes, bound } = await launched();
  const other = secondDeployer(fleet);
  const found: string[] = [];
  let before = "v0";
  for (let number = 1; number <= COUNT && found.length === 0; number += 1) {
    const luck = chance(number);
    const [first, second] = luck.happens(0.5) ? [fleet, other] : [other, fleet];
    found.push(...(await overtaken({ first, second, replicas, eyes, number, before, luck, bound })));
    before = `b${number}`;
  }
  console.log(
    `campaign: two deployers of containers: ${COUNT} overtaken in their sleep, ${found.length} with effects of the stale one, seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
});

it("a deployer of containers asleep past its lease is overtaken and stays without effect", {
  timeout: 300_000,
}, async () => {
  const { fleet, eyes } = await launched();
  const run = (...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });
  fleet.commit("one", { auth: { version: "a" }, blog: { version: "a" } });
  const sleeper = await fallAsleep(fleet, (output) => output.includes("✓ blog.bring"));
  fleet.commit("two", { auth: { version: "b" }, blog: { version: "b" } });
  let said = await run("deploy", "staging", "--json");
  expect(said.code).toBe(6);
  for (const until = performance.now() + 120_000; said.code !== 0 && performance.now() < until; ) {
    if (said.stdout.includes("store-busy")) {
      // It fell asleep in the middle of a write, and holds the whole store like that.
      sleeper.child.kill("SIGCONT");
      await sleep(30);
      sleeper.child.kill("SIGSTOP");
    }
    await sleep(500);
    said = await run("deploy", "staging", "--json");
  }
  expect({ code: said.code, ...documentOf(said) }, said.stdout + said.stderr).toMatchObject({
    code: 0,
    status: "verified",
  });
  const stood = { instances: await eyes.instances(), routes: eyes.routes() };
  expect(stood.instances.map(({ version }) => version)).toEqual(["b", "b", "b"]);
  const stale = await wakeUp(sleeper);
  expect(stale.code, stale.stdout).toBe(6);
  expect({ instances: await eyes.instances(), routes: eyes.routes() }).toEqual(stood);
  const resumed = await run("resume", "staging", "--json");
  expect({ code: resumed.code, ...documentOf(resumed) }).toMatchObject({ code: 0, release: null });
  expect({ instances: await eyes.instances(), routes: eyes.routes() }).toEqual(stood);
});
