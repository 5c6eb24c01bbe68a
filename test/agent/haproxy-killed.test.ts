import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { noHaproxy } from "../haproxy.ts";
import { deployerOf, enter, eventually, lives, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close(), 60_000);

const COUNT = campaign(20);

/** The HAProxy that the agent of this test has started last and that lives. */
function haproxyPid(): number {
  const routers = join(rig.stateFolder, "routers");
  const records = readdirSync(routers, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".process"),
  );
  const pids = records.map((path): number => JSON.parse(readFileSync(join(routers, path), "utf8"))?.pid ?? -1);
  return one(pids.filter((pid) => pid > 0 && lives(pid)));
}

const test = noHaproxy === null ? it : it.skip;

test(`HAProxy killed at ${COUNT} moments comes back with what runs${noHaproxy === null ? "" : `: ${noHaproxy}`}`, {
  timeout: 60_000 + COUNT * 20_000,
}, async () => {
  const target = await rig.target("killed", "staging", { kind: "haproxy", image: null });
  const deployer = await deployerOf(target);
  const versions = await Promise.all(
    ["1", "2"].map(async (version) => ({
      version,
      handles: await deployer.bring(rig.bundle(version, webProgram(version)), 2, `bring/${version}`),
    })),
  );
  for (const { handles } of versions) await deployer.up(handles);
  await deployer.shift(one(versions).handles);
  const at = { shift: 0, later: 0 };
  for (let number = 1; number <= COUNT; number += 1) {
    const luck = chance(number);
    const asked = one([versions[number % 2]]);
    const killed = haproxyPid();
    const shifting = deployer.shift(asked.handles);
    // In the middle of the change, or once it holds.
    const late = luck.happens(0.3);
    if (late) await shifting;
    else await sleep(luck.upTo(60));
    const agent = luck.happens(0.25) ? await rig.pid() : null;
    process.kill(killed, "SIGKILL");
    if (agent !== null) process.kill(agent, "SIGKILL");
    at[late ? "later" : "shift"] += 1;
    await shifting;
    // With both dead and nobody asking for anything, nobody starts them: whoever looks next does.
    if (agent !== null) await target.observe(read);
    await eventually(async () => JSON.parse(await enter(target, "/").catch(() => "{}")).version === asked.version);
    expect(lives(killed)).toBe(false);
    const route = (await target.observe(read)).services.web?.route;
    expect(route?.backends.map(({ instance }) => instance).sort()).toEqual(asked.handles.map(({ id }) => id).sort());
    for (let count = 0; count < 10; count += 1)
      expect(JSON.parse(await enter(target, "/")).version).toBe(asked.version);
  }
  console.log(
    `campaign: HAProxy killed ${COUNT} times (${at.shift} within a change): 0 times other routes than asked for, seed ${seed}`,
  );
});
