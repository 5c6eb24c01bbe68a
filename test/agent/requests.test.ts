import { existsSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { PROTOCOL_VERSION } from "../../src/agent/protocol.ts";
import { agentSocket } from "../../src/agent/socket.ts";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { run } from "../../src/io/exec.ts";
import { agentEntry, agentRig, webProgram } from "../contract/agent-rig.ts";
import { deployerOf, enter, eventually, lives, never, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

/** A line of our own to the agent, for what no client of ours would say. */
async function raw(): Promise<Readonly<{ socket: Socket; replies: Record<string, unknown>[]; closed: () => boolean }>> {
  await rig.pid();
  const socket = createConnection(agentSocket(rig.stateFolder));
  const replies: Record<string, unknown>[] = [];
  let text = "";
  let closed = false;
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
  });
  socket.on("data", (chunk) => {
    text += chunk.toString();
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    replies.push(...lines.map((line) => JSON.parse(line)));
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return { socket, replies, closed: () => closed };
}

it("starts one agent when several look for it at once", async () => {
  const hosts = Array.from({ length: 4 }, () => localHost({ stateFolder: `${rig.folder}/many`, agentEntry }));
  const connections = await Promise.all(hosts.map((host) => host.connect(never)));
  const pids = await Promise.all(
    connections.map(async (connection) => ((await connection.call("hello", {}, never)) as { pid: number }).pid),
  );
  expect(new Set(pids).size).toBe(1);
  const second = await run({ argv: [process.execPath, agentEntry, `${rig.folder}/many`], timeout: 20_000 });
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("agent-already-running") });
  await connections[0]?.call("shutdown", {}, never);
  await eventually(() => !lives(one(pids)));
  for (const connection of connections) connection.close();
});

it("starts another agent when the one that it started is killed before it listens", async () => {
  const mortal = `${rig.folder}/mortal.ts`;
  writeFileSync(
    mortal,
    `import { existsSync, writeFileSync } from "node:fs";
const died = ${JSON.stringify(`${rig.folder}/died`)};
if (!existsSync(died)) {
  writeFileSync(died, "");
  process.kill(process.pid, "SIGKILL");
}
await import(${JSON.stringify(agentEntry)});
`,
  );
  const host = localHost({ stateFolder: `${rig.folder}/mortal`, agentEntry: mortal });
  const connection = await host.connect(never);
  expect(existsSync(`${rig.folder}/died`)).toBe(true);
  const { pid } = (await connection.call("hello", {}, never)) as { pid: number };
  await connection.call("shutdown", {}, never);
  await eventually(() => !lives(pid));
  connection.close();
});

it("says why an agent does not start", async () => {
  const host = localHost({ stateFolder: `${rig.folder}/broken`, agentEntry: `${rig.folder}/nothing.ts` });
  await expect(host.connect(never)).rejects.toMatchObject({
    code: "agent-not-started",
    evidence: expect.stringContaining("nothing.ts"),
  });
});

it.each([
  ["no JSON", "{nonsense\n", "malformed"],
  ["no request", "[1,2]\n", "bad-params"],
  ["an unknown method", '{"id":1,"method":"__proto__","params":{}}\n', "no-such-method"],
  [
    "wrong params",
    '{"id":1,"method":"claim","params":{"scope":{"fleet":"","environment":"x"},"owner":"me"}}\n',
    "bad-params",
  ],
  ["unknown params", '{"id":1,"method":"hello","params":{"sh":"-c"}}\n', "bad-params"],
  [
    "a fingerprint that is a path",
    `{"id":1,"method":"reveal","params":{"scope":{"fleet":"f","environment":"e"},"service":"s","fingerprint":"../../key"}}\n`,
    "bad-params",
  ],
])("answers %s with a fault and goes on", async (_, line, code) => {
  const { socket, replies } = await raw();
  socket.write(line);
  await eventually(() => replies.length === 1);
  expect(replies[0]?.fault).toMatchObject({ code });
  socket.write('{"id":9,"method":"hello","params":{}}\n');
  await eventually(() => replies.length === 2);
  expect(replies[1]).toMatchObject({ id: 9, result: { protocol: PROTOCOL_VERSION } });
  socket.destroy();
});

it("takes no line that never ends", async () => {
  const { socket, closed } = await raw();
  const before = await memory();
  const filler = Buffer.alloc(1024 * 1024, "x");
  for (let sent = 0; sent < 64 && !closed(); sent += 1) {
    await new Promise((resolve) => socket.write(filler, resolve));
  }
  await eventually(closed);
  expect((await memory()) - before).toBeLessThan(100);
});

it("finishes what it was told by somebody who hung up", async () => {
  const target = await rig.target("hung-up", "staging");
  const deployer = await deployerOf(target);
  const variables = await deployer.stage({});
  const { socket } = await raw();
  const params = {
    scope: { fleet: "hung-up", environment: "staging" },
    fence: deployer.fence,
    operationId: "bring/1",
    release: "r1",
    host: "local",
    service: "web",
    revision: { artifact: `sha256:${"a".repeat(64)}`, commit: "b".repeat(40), variables },
    source: rig.bundle("1", webProgram("1")),
    spec: { name: "web", port: 1, start: null, stop: { drain: 0, timeout: 1000 } },
    count: 3,
  };
  socket.end(`${JSON.stringify({ id: 1, method: "bring", params })}\n`, () => socket.destroy());
  await eventually(async () => (await deployer.instances()).filter(({ pid }) => pid !== null).length === 3);
});

it("refuses a retirement whose deployer lost the environment while it drained, and signals nobody", async () => {
  const target = await rig.target("overtaken", "staging");
  const deployer = await deployerOf(target);
  const program = webProgram("1").replace("300", "1500");
  const handles = await deployer.bring(rig.bundle("slow", program), 2, "bring/1");
  await deployer.up(handles);
  await deployer.shift(handles.slice(0, 1));
  const slow = enter(target, "/slow");
  const { port } = (await deployer.instances())[0]?.address ?? { port: 0 };
  await eventually(async () => (await run({ argv: ["ss", "-tnH", `dst 127.0.0.1:${port}`] })).stdout.includes("ESTAB"));
  const retired = target.retire(one(handles), deployer.cx("retire/1")).catch((error: unknown) => error);
  await eventually(async () => (await deployer.instances())[0]?.state === "stopping");
  await target.claim("a newer deployer", read);
  expect(await retired).toMatchObject({ code: "stale-fence" });
  await slow;
  const [instance] = await deployer.instances();
  expect(instance?.state).toBe("stopping");
  expect(lives(Number(instance?.pid))).toBe(true);
});

it("kills nothing for a deployer who lost the environment between SIGTERM and SIGKILL", async () => {
  const target = await rig.target("overtaken-late", "staging");
  const deployer = await deployerOf(target, { stop: { drain: 0, timeout: 1500 } });
  const program = `process.on("SIGTERM", () => console.log("no")); setInterval(() => {}, 1000); console.log("ready");`;
  const [handle] = await deployer.bring(rig.bundle("stubborn", program), 1, "bring/1");
  await eventually(async () => (await deployer.logs(one([handle]))).includes("ready"));
  const retired = target.retire(one([handle]), deployer.cx("retire/1")).catch((error: unknown) => error);
  await eventually(async () => (await deployer.logs(one([handle]))).includes("no"));
  const newer = await deployerOf(target, { stop: { drain: 0, timeout: 1500 } });
  expect(await retired).toMatchObject({ code: "stale-fence" });
  const [instance] = await newer.instances();
  expect(lives(Number(instance?.pid))).toBe(true);
  await target.retire(one([handle]), newer.cx("retire/2"));
  expect(lives(Number(instance?.pid))).toBe(false);
});

it("lets no start of an older fence land after a claim, however they race", async () => {
  const target = await rig.target("race", "staging");
  const deployer = await deployerOf(target);
  const source = rig.bundle("idle", "setInterval(() => {}, 1000)");
  // A manifest that takes a while to read: what is compared before it is not what holds after it.
  const manifest = { start: ["node", "server.mjs"], padding: "x".repeat(16 * 1024 * 1024) };
  writeFileSync(join(source, "sampan-bundle.json"), JSON.stringify(manifest));
  const refused: string[] = [];
  for (let round = 0; round < 15; round += 1) {
    const mine = await deployerOf(target);
    const variables = await mine.stage({});
    const revision = { artifact: `sha256:${"a".repeat(64)}`, commit: "b".repeat(40), variables };
    const spec = { ...SPEC, name: "web" };
    const brought = target
      .bring({ service: "web", revision, source, spec }, 1, mine.cx(`bring/${round}`))
      .catch((error: unknown) => {
        refused.push(`bring/${round}`);
        expect(error).toMatchObject({ code: "stale-fence" });
      });
    const claimed = (async () => {
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      await target.claim("the other", read);
      // What had been started by the time that the claim was answered is all there will ever be of it.
      return (await target.find(`bring/${round}`, read)).length;
    })();
    const atClaim = await claimed;
    await brought;
    expect(await target.find(`bring/${round}`, read)).toHaveLength(atClaim);
    expect(atClaim).toBe(refused.includes(`bring/${round}`) ? 0 : 1);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect((await deployer.instances()).length).toBe(15 - refused.length);
});

const SPEC = {
  port: 8080,
  routes: [],
  replicas: 1,
  health: null,
  smoke: { kind: "none", why: "a test" },
  logs: { watch: 0, critical: [], ignore: [] },
  traffic: null,
  strategy: { kind: "rolling" },
  stop: { drain: 0, timeout: 1000 },
  start: null,
  container: null,
} as const;

/** MiB that the agent holds. */
async function memory(): Promise<number> {
  const status = await run({ argv: ["cat", `/proc/${await rig.pid()}/status`] });
  return Number(/VmRSS:\s+(\d+)/.exec(status.stdout)?.[1]) / 1024;
}

it("gives the environment to a newer deployer once no change of the older one is still under way", async () => {
  const target = await rig.target("last-word", "staging");
  const deployer = await deployerOf(target);
  const handles = await deployer.bring(rig.bundle("1", webProgram("1")), 2, "bring/1");
  await deployer.up(handles);
  await deployer.shift(handles);
  const pid = await routerOf("last-word");
  process.kill(pid, "SIGSTOP");
  let claimed = false;
  try {
    // It is told at once that one of them is out; what comes after that is for whoever holds the environment then.
    const retired = target.retire(one(handles), deployer.cx("retire")).catch((error: unknown) => {
      expect(error).toMatchObject({ code: "stale-fence" });
    });
    await sleep(200);
    const claiming = target.claim("a newer deployer", read).then(() => {
      claimed = true;
    });
    await sleep(500);
    expect(claimed).toBe(false);
    process.kill(pid, "SIGCONT");
    await Promise.all([claiming, retired]);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  const { services } = await target.observe(read);
  expect(services.web?.route?.backends).toHaveLength(1);
});

/** The router of a fleet on this rig. */
async function routerOf(fleet: string): Promise<number> {
  const { stdout } = await run({ argv: ["ps", "-ww", "-eo", "pid=,args="] });
  const own = stdout.split("\n").find((line) => line.includes(join(rig.stateFolder, "routers", fleet)));
  return Number.parseInt(own ?? "", 10);
}
