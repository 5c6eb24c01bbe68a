import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { deployerOf, enter, eventually, lives, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

/** As after a disk was restored without it: the agent is gone, and all that it had written down. */
async function loseRecord(): Promise<void> {
  const pid = await rig.pid();
  process.kill(pid, "SIGKILL");
  await eventually(() => !lives(pid));
  for (const name of readdirSync(rig.stateFolder)) if (name.startsWith("agent.db")) rmSync(join(rig.stateFolder, name));
}

it("issues no fence a second time when its record was lost: who slept meanwhile is refused", async () => {
  const target = await rig.target("fenced", "staging");
  const asleep = await deployerOf(target);
  await loseRecord();
  const awake = await deployerOf(target);
  expect(awake.fence).toBeGreaterThan(asleep.fence);
  await expect(asleep.bring(rig.bundle("1", webProgram("1")), 1, "bring/1")).rejects.toMatchObject({
    code: "stale-fence",
  });
  expect(await awake.instances()).toEqual([]);
});

it("takes up no router that sends to what it knows nothing of, and lets it serve as it does", async () => {
  const target = await rig.target("unknown", "staging");
  const deployer = await deployerOf(target);
  const served = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await deployer.up(served);
  await deployer.shift(served);
  const pid = Number((await deployer.instances())[0]?.pid);
  await loseRecord();
  try {
    expect((await target.observe(read)).services).toEqual({});
    expect(JSON.parse(await enter(target, "/")).version).toBe("1");
    const next = await deployerOf(target);
    const fresh = await next.bring(rig.bundle("2", webProgram("2")), 1, "bring/2");
    await next.up(fresh);
    await next.shift(fresh);
    expect(JSON.parse(await enter(target, "/")).version).toBe("2");
  } finally {
    process.kill(-pid, "SIGKILL");
  }
});
