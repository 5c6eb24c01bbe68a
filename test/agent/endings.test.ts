import { createConnection } from "node:net";
import { afterAll, expect, it } from "vitest";
import { agentSocket } from "../../src/agent/socket.ts";
import { endAgent } from "../../src/hosts/local/end-agent.ts";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { systemClock } from "../../src/io/clock.ts";
import { agentEntry, agentRig, webProgram } from "../contract/agent-rig.ts";
import { deployerOf, enter, eventually, lives, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

it("lets requests in flight finish before SIGTERM", async () => {
  const target = await rig.target("drain", "staging");
  const deployer = await deployerOf(target);
  const program = webProgram("1").replace("server.close()", "process.exit(0)").replace("300", "2000");
  const handles = await deployer.bring(rig.bundle("abrupt", program), 2, "bring/1");
  await deployer.up(handles);
  await deployer.shift(handles);
  const slow = Array.from({ length: 6 }, () => enter(target, "/slow", "POST"));
  await enter(target, "/");
  await target.retire(one(handles), deployer.cx("retire/1"));
  for (const answer of await Promise.all(slow)) expect(JSON.parse(answer).version).toBe("1");
});

it("kills what ignores SIGTERM, once its time is up", async () => {
  const deployer = await deployerOf(await rig.target("stubborn", "staging"), { stop: { drain: 0, timeout: 300 } });
  const program = `process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1000); console.log("ready");`;
  const [handle] = await deployer.bring(rig.bundle("stubborn", program), 1, "bring/1");
  await eventually(async () => (await deployer.logs(one([handle]))).includes("ready"));
  const [instance] = await deployer.instances();
  await deployer.target.retire(one([handle]), deployer.cx("retire/1"));
  expect(lives(Number(instance?.pid))).toBe(false);
  expect(await deployer.logs(one([handle]))).toEqual(["ready", "no"]);
});

const family = (parent: string, child: string) => `
  import { spawn } from "node:child_process";
  const child = spawn(process.execPath, ["-e", ${JSON.stringify(`${child}; setInterval(() => {}, 1000); console.log("child " + process.pid)`)}], { stdio: "inherit" });
  ${parent}
  setInterval(() => {}, 1000);
`;

it.each([
  ["obeys", "", ""],
  ["ignores SIGTERM", "", `process.on("SIGTERM", () => {})`],
  ["outlives a parent that leaves at once", `process.on("SIGTERM", () => process.exit(0));`, ""],
])("ends a grandchild that %s", async (_, parent, child) => {
  const deployer = await deployerOf(await rig.target(`family${child.length}-${parent.length}`, "staging"), {
    stop: { drain: 0, timeout: 500 },
  });
  const source = rig.bundle(`family-${child.length}-${parent.length}`, family(parent, child));
  const [handle] = await deployer.bring(source, 1, "bring/1");
  const grandchild = async () =>
    Number((await deployer.logs(one([handle]))).find((line) => line.startsWith("child "))?.slice(6) ?? Number.NaN);
  await eventually(async () => lives(await grandchild()));
  const pid = await grandchild();
  await deployer.target.retire(one([handle]), deployer.cx("retire/1"));
  await eventually(() => !lives(pid));
});

it("ends what a crashed instance left behind before it starts it again", async () => {
  const deployer = await deployerOf(await rig.target("orphans", "staging"));
  const [handle] = await deployer.bring(rig.bundle("orphans", family("", "")), 1, "bring/1");
  const children = async () =>
    (await deployer.logs(one([handle])))
      .filter((line) => line.startsWith("child "))
      .map((line) => Number(line.slice(6)));
  await eventually(async () => (await children()).length === 1);
  process.kill(Number((await deployer.instances())[0]?.pid), "SIGKILL");
  await eventually(async () => (await children()).length === 2);
  expect(lives((await children())[0] ?? 0)).toBe(false);
});

it("starts what crashes at once again ever more rarely, and tells how it died", async () => {
  const deployer = await deployerOf(await rig.target("crashes", "staging"));
  const [handle] = await deployer.bring(rig.bundle("crashes", `console.log("boom"); process.exit(7);`), 1, "bring/1");
  await eventually(async () => Number((await deployer.instances())[0]?.restarts) >= 3);
  const [instance] = await deployer.instances();
  expect(instance?.lastExit).toBe("exit code 7");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  // 100 + 200 + 400 + 800 + 1600 ms of waiting at least: without them it would have died some thirty times.
  expect((await deployer.instances())[0]?.restarts).toBeLessThanOrEqual(6);
  await deployer.target.retire(one([handle]), deployer.cx("retire/1"));
  const count = (await deployer.logs(one([handle]))).length;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await deployer.logs(one([handle]))).toHaveLength(count);
});

it("says what became of a command that does not exist", async () => {
  const deployer = await deployerOf(await rig.target("nowhere", "staging"), { start: ["no-such-command-of-sampan"] });
  await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await eventually(async () => (await deployer.instances())[0]?.lastExit?.includes("ENOENT") ?? false);
  expect((await deployer.instances())[0]?.state).toBe("restarting");
});

it("refuses a bundle that cannot be started, before anything is there", async () => {
  const deployer = await deployerOf(await rig.target("no-bundle", "staging"));
  await expect(deployer.bring("/no/such/folder", 1, "bring/1")).rejects.toMatchObject({ code: "no-bundle" });
  await expect(deployer.bring(rig.folder, 1, "bring/2")).rejects.toMatchObject({ code: "no-bundle" });
  expect(await deployer.instances()).toEqual([]);
});

it("says whose port the router cannot have, and keeps nothing of the attempt", async () => {
  const first = await deployerOf(await rig.target("port-a", "staging"));
  const a = await first.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await first.up(a);
  await first.shift(a);
  const { hostedTarget } = await import("../../src/targets/hosted/hosted-target.ts");
  const listen = first.target.entrance();
  const rival = hostedTarget({
    fleet: "port-b",
    environment: "staging",
    listen,
    router: { kind: "builtin" },
    hosts: [rig.host],
    clock: systemClock,
  });
  const second = await deployerOf(rival);
  const b = await second.bring(rig.bundle("1", webProgram("1")), 1, "bring/1");
  await expect(second.shift(b)).rejects.toMatchObject({ code: "port-taken" });
  expect((await rival.observe(read)).services.web?.route).toBeNull();
  await rival.teardown("a test", read);
  expect(JSON.parse(await enter(first.target, "/")).instance).toBe(a[0]?.id);
});

it("is gone once it is said to have ended, however slowly it does", async () => {
  const stateFolder = `${rig.folder}/ended`;
  const connection = await localHost({ stateFolder, agentEntry }).connect(read.signal);
  const { pid } = (await connection.call("hello", {}, read.signal)) as { pid: number };
  // It gives those who do not hang up a second.
  const deaf = createConnection({ path: agentSocket(stateFolder), allowHalfOpen: true });
  await new Promise<void>((resolve) => deaf.once("connect", () => resolve()));
  try {
    await endAgent(connection, { clock: systemClock, signal: read.signal });
    expect(lives(pid)).toBe(false);
  } finally {
    deaf.destroy();
  }
});

it("does not wait for a caller that neither listens nor leaves", async () => {
  const host = localHost({ stateFolder: `${rig.folder}/deaf`, agentEntry });
  const connection = await host.connect(read.signal);
  const { pid } = (await connection.call("hello", {}, read.signal)) as { pid: number };
  // As a deployer that was stopped (SIGSTOP): its end of the line stays open.
  const deaf = createConnection({ path: agentSocket(`${rig.folder}/deaf`), allowHalfOpen: true });
  await new Promise<void>((resolve) => deaf.once("connect", () => resolve()));
  try {
    await connection.call("shutdown", {}, read.signal);
    connection.close();
    await eventually(() => !lives(pid));
  } finally {
    deaf.destroy();
  }
});
