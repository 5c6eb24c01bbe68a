import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "vitest";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { ask, deployerOf, enter, eventually, lives, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

const killAgent = async (): Promise<number> => {
  const pid = await rig.pid();
  process.kill(pid, "SIGKILL");
  await eventually(() => !lives(pid));
  return pid;
};

it("loses no request when the agent is killed under load, and goes on with what runs", async () => {
  const target = await rig.target("load", "staging");
  const deployer = await deployerOf(target);
  const old = await deployer.bring(rig.bundle("1", webProgram("1")), 2, "bring/1");
  await deployer.up(old);
  await deployer.shift(old);
  const before = (await deployer.instances()).map(({ id, pid }) => [id, pid]);
  let answered = 0;
  let done = false;
  const load = Array.from({ length: 4 }, async (_, worker) => {
    while (!done) {
      await enter(target, worker === 0 ? "/log/slow" : "/");
      answered += 1;
    }
  });
  try {
    // Looked at in the end; until then it must not end the test run.
    for (const worker of load) worker.catch(() => undefined);
    await eventually(() => answered > 50);
    const agent = await killAgent();
    const atDeath = answered;
    await eventually(() => answered > atDeath + 50);
    expect((await deployer.instances()).map(({ id, pid }) => [id, pid])).toEqual(before);
    expect(await rig.pid()).not.toBe(agent);
    // They logged into their files while nobody looked after them.
    const logged = (await Promise.all(old.map(deployer.logs))).flat().filter((line) => line.startsWith("asked for"));
    expect(logged.length).toBeGreaterThan(0);
    const fresh = await deployer.bring(rig.bundle("2", webProgram("2")), 2, "bring/2");
    await deployer.up(fresh);
    await deployer.shift(fresh);
    for (const handle of old) await target.retire(handle, deployer.cx("retire"));
    for (const [, pid] of before) expect(lives(Number(pid))).toBe(false);
    expect(JSON.parse(await enter(target, "/")).version).toBe("2");
  } finally {
    done = true;
  }
  await Promise.all(load);
});

it("starts again what died while there was no agent, and stops watching what it should", async () => {
  const target = await rig.target("died", "staging");
  const deployer = await deployerOf(target);
  const [a, b] = await deployer.bring(rig.bundle("1", webProgram("1")), 2, "bring/1");
  await deployer.up([one([a]), one([b])]);
  const [first] = await deployer.instances();
  await killAgent();
  process.kill(Number(first?.pid), "SIGKILL");
  await eventually(() => !lives(Number(first?.pid)));
  const [again, other] = await deployer.instances();
  expect(again?.id).toBe(a?.id);
  expect(again?.restarts).toBe(1);
  expect(other?.restarts).toBe(0);
  await deployer.up([one([a]), one([b])]);
  // The one that it found again is not its child; its end is seen all the same.
  process.kill(Number(other?.pid), "SIGKILL");
  await eventually(async () => {
    const found = (await deployer.instances())[1];
    return found?.restarts === 1 && found.state === "running" && found.pid !== other?.pid;
  });
  expect((await deployer.instances())[1]?.address).toEqual(other?.address);
});

it("finds an instance whose pid it had no time to write down, and starts none twice", async () => {
  const target = await rig.target("unrecorded", "staging");
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 2, "bring/1");
  await deployer.up(handles);
  const [first, second] = await deployer.instances();
  await killAgent();
  process.kill(Number(second?.pid), "SIGKILL");
  await eventually(() => !lives(Number(second?.pid)));
  const database = new DatabaseSync(join(rig.stateFolder, "agent.db"));
  database.prepare("UPDATE instances SET pid = NULL, stamp = NULL WHERE fleet = 'unrecorded'").run();
  database.close();
  const [found, started] = await deployer.instances();
  expect(found?.pid).toBe(first?.pid);
  expect(started?.pid).not.toBe(second?.pid);
  // It was never seen to run: being started now is no restart.
  expect(started).toMatchObject({ state: "running", restarts: 0 });
  await deployer.up(handles);
});

it("brings a router back that died, with its routes", async () => {
  const target = await rig.target("router", "staging");
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await deployer.up(handles);
  await deployer.shift(handles);
  const routers = async () => {
    const listed = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
    return listed.filter((line) => line.includes(join(rig.stateFolder, "routers", "router"))).map(Number.parseFloat);
  };
  const [pid] = await routers();
  process.kill(one([pid]), "SIGKILL");
  await eventually(async () => (await enter(target, "/").catch(() => null)) !== null);
  expect(await routers()).not.toEqual([pid]);
  expect((await target.observe(read)).services.web?.route?.backends).toHaveLength(1);
  // The same with the agent gone as well.
  const [next] = await routers();
  await killAgent();
  process.kill(one([next]), "SIGKILL");
  await eventually(() => !lives(one([next])));
  expect((await target.observe(read)).services.web?.route?.backends).toHaveLength(1);
  expect(JSON.parse(await enter(target, "/")).version).toBe("1");
});

it("takes the current value of a rotating secret when it starts an instance again", async () => {
  const target = await rig.target("rotates", "staging");
  const deployer = await deployerOf(target);
  await deployer.stage({ A: "1" }, { PASSWORD: "old" });
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1", { A: "1" });
  await deployer.up(handles);
  const password = async () => JSON.parse((await ask(target, one(handles), "/env")) ?? "{}").PASSWORD;
  expect(await password()).toBe("old");
  await deployer.stage({ A: "2" }, { PASSWORD: "new" });
  process.kill(Number((await deployer.instances())[0]?.pid), "SIGKILL");
  await eventually(async () => (await password()) === "new");
});

it("ends what it had begun to retire when it was killed, however often", async () => {
  const target = await rig.target("retiring", "staging");
  const deployer = await deployerOf(target, { stop: { drain: 0, timeout: 1500 } });
  const program = `process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1000); console.log("ready");`;
  const handles = await deployer.bring(rig.bundle("stubborn", program), 2, "bring/1");
  for (const handle of handles) await eventually(async () => (await deployer.logs(handle)).includes("ready"));
  const before = await deployer.instances();
  const [first, second] = handles;
  const retired = Promise.all(handles.map((handle) => target.retire(handle, deployer.cx("retire"))));
  for (const handle of handles) await eventually(async () => (await deployer.logs(handle)).includes("no"));
  await killAgent();
  // The call itself is sent again to the next agent.
  await retired;
  for (const { pid } of before) expect(lives(Number(pid))).toBe(false);
  expect(await deployer.instances()).toEqual([]);
  // One that was told to end when its deployer turned back is started anew, and that is no death of its own.
  await target.revive(one([first]), deployer.cx("revive/1"));
  await eventually(async () => (await deployer.logs(one([first]))).includes("ready"));
  const [told] = await deployer.instances();
  void target.retire(one([first]), deployer.cx("retire/2")).catch(() => undefined);
  await eventually(async () => (await deployer.logs(one([first]))).includes("no"));
  await target.revive(one([first]), deployer.cx("revive/2"));
  const [again] = await deployer.instances();
  expect(again).toMatchObject({ id: first?.id, state: "running", restarts: 0, lastExit: null });
  expect(again?.pid).not.toBe(told?.pid);
  expect(lives(Number(told?.pid))).toBe(false);
  expect((await target.find("bring/1", read)).find(({ id }) => id === second?.id)?.state).toBe("retired");
});

it("ends when its socket is taken away, and leaves its instances to the next", async () => {
  const target = await rig.target("taken-away", "staging");
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await deployer.up(handles);
  const [before] = await deployer.instances();
  const agent = await rig.pid();
  rmSync(join(rig.stateFolder, "agent.sock"));
  await eventually(() => !lives(agent));
  expect((await deployer.instances())[0]?.pid).toBe(before?.pid);
});
