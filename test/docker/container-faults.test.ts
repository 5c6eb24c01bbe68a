import { readdirSync, rmSync } from "node:fs";
import { connect as connectTo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContainerSpec } from "../../src/fleet/container.ts";
import { systemClock } from "../../src/io/clock.ts";
import { run } from "../../src/io/exec.ts";
import { freePort } from "../../src/io/free-port.ts";
import type { Cx } from "../../src/targets/target.ts";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { agentRig } from "../contract/agent-rig.ts";
import { specOf } from "../fleet-samples.ts";
import { CONTAINER_PROGRAM, ContainerTarget, containerOf, IMAGE } from "./container-rig.ts";
import { containersOf } from "./containers-of.ts";

const never = new AbortController().signal;
const read = { signal: never };
const ENGINE = "/var/run/docker.sock";

/** Between an agent and the engine: holds back what it is told to, or is not there at all. */
class Between {
  readonly path: string;
  /** Milliseconds that a request whose first line matches waits before the engine sees it. */
  delays: (line: string) => number = () => 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  constructor(folder: string) {
    this.path = join(folder, "engine.sock");
  }

  async open(): Promise<void> {
    this.#server = createServer((client) => {
      const engine = connectTo(ENGINE);
      for (const socket of [client, engine]) {
        this.#sockets.add(socket);
        socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
      }
      engine.on("data", (piece) => client.write(piece)).on("end", () => client.end());
      let before = Promise.resolve<unknown>(undefined);
      client.on("data", (piece) => {
        const wait = this.delays(piece.toString("latin1").split("\r\n")[0] ?? "");
        // What has been written by one who is gone still arrives.
        before = before.then(() => (wait === 0 ? undefined : sleep(wait))).then(() => engine.write(piece));
      });
      client.on("end", () => void before.then(() => engine.end()));
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.path, resolve));
  }

  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }
}

let rig: ReturnType<typeof agentRig>;
let between: Between;
let fleet: string;
let count = 0;
const given = process.env.DOCKER_HOST;

beforeEach(async () => {
  rig = agentRig();
  between = new Between(rig.folder);
  await between.open();
  process.env.DOCKER_HOST = `unix://${between.path}`;
  count += 1;
  fleet = `${process.env.SAMPAN_FAULTS_FLEET ?? `sampan-faults-${process.pid}`}-${count}`;
});

afterEach(async () => {
  between.delays = () => 0;
  await rig.close();
  await between.shut();
  if (given === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = given;
  expect(await containersOf(fleet)).toEqual([]);
}, 120_000);

async function environment(container: ContainerSpec = containerOf(CONTAINER_PROGRAM)) {
  const listen = { host: "127.0.0.1", port: await freePort() };
  const target = new ContainerTarget(
    { fleet, environment: "test", listen, hosts: [rig.host], clock: systemClock },
    container,
  );
  rig.adopt(target);
  const fence = await target.claim("first", read);
  const variables = { VERSION: "1" };
  const fingerprint = await target.fingerprint("web", variables, read);
  const cx = (operationId: string, own = fence): Cx => ({
    operationId,
    release: "r",
    fence: own,
    signal: never,
    log: () => undefined,
  });
  await target.stage({ service: "web", fingerprint, variables, rotates: {} }, cx("stage"));
  const revision = { artifact: `sha256:${"1".repeat(64)}`, commit: "1".repeat(40), variables: fingerprint };
  const bring = (operation: string, wanted = 1, source = IMAGE) =>
    target.bring(
      { service: "web", revision, source, spec: specOf("web", { stop: { drain: 0, timeout: 3000 } }) },
      wanted,
      cx(operation),
    );
  const seen = async () => (await target.observe(read)).services.web?.instances ?? [];
  return { target, cx, bring, seen };
}

/** The engine's own command, past what stands between it and the agent. */
async function docker(...args: readonly string[]): Promise<void> {
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", DOCKER_HOST: `unix://${ENGINE}` };
  const ran = await run({ argv: ["docker", ...args], env, timeout: 20_000 });
  if (ran.exitCode !== 0) throw new Error(ran.stderr);
}

const sorted = (ids: readonly string[]) => [...ids].sort();

describe("the engine and the fence", () => {
  it("answers a claim only when what the engine was told before it has landed", { timeout: 180_000 }, async () => {
    const { target, bring, seen } = await environment();
    between.delays = (line) => (line.includes("/containers/create") ? 1_500 : 0);
    const late = bring("r/bring/1", 2);
    late.catch(() => undefined);
    await expect.poll(seen, { timeout: 10_000 }).toHaveLength(2);
    await target.claim("second", read);
    // What the new holder sees is all there is, and nothing comes after it.
    const there = sorted((await containersOf(fleet)).map(({ instance }) => instance));
    expect(there).toEqual(sorted((await seen()).map(({ id }) => id)));
    await sleep(2_000);
    expect(sorted((await containersOf(fleet)).map(({ instance }) => instance))).toEqual(there);
  });

  it("makes nothing for one who lost the environment while a port was found", { timeout: 180_000 }, async () => {
    const { target, bring, cx } = await environment();
    await target.claim("second", read);
    await expect(bring("r/bring/1")).rejects.toMatchObject({ code: "stale-fence" });
    await expect(target.fetch(IMAGE, cx("r/fetch/1"))).rejects.toMatchObject({ code: "stale-fence" });
    expect(await containersOf(fleet)).toEqual([]);
  });
});

describe("an agent that is killed", () => {
  const COUNT = campaign(40);

  it(`while it brings containers, at ${COUNT} moments, leaves none too many and none too few`, {
    timeout: 120_000 + COUNT * 30_000,
  }, async () => {
    const { target, bring, cx, seen } = await environment();
    for (let nth = 0; nth < COUNT; nth += 1) {
      const luck = chance(nth);
      between.delays = (line) => (/create|start/.test(line) && luck.happens(0.3) ? luck.upTo(400) : 0);
      const bringing = bring(`r/bring/${nth}`, 2);
      await sleep(luck.upTo(900));
      process.kill(await rig.pid(), "SIGKILL");
      const handles = await bringing;
      const what = `kill ${nth} of seed ${seed}`;
      expect(handles, what).toHaveLength(2);
      await expect
        .poll(async () => (await seen()).every(({ state }) => state === "running"), { timeout: 15_000 })
        .toBe(true);
      const instances = sorted((await containersOf(fleet)).map(({ instance }) => instance));
      expect(instances, what).toEqual(sorted(handles.map(({ id }) => id)));
      const retiring = Promise.all(handles.map((handle) => target.retire(handle, cx(`r/retire/${nth}`))));
      await sleep(luck.upTo(300));
      if (luck.happens(0.5)) process.kill(await rig.pid(), "SIGKILL");
      await retiring;
      await expect.poll(() => containersOf(fleet), { timeout: 15_000, message: what }).toEqual([]);
    }
  });

  it("takes up what serves when its record was lost, and ends nothing that it knows nothing of", {
    timeout: 180_000,
  }, async () => {
    const first = await environment();
    const [served] = await first.bring("r/bring/1");
    await expect.poll(async () => (await first.seen())[0]?.state, { timeout: 15_000 }).toBe("running");
    const [before] = await first.seen();
    const [container] = await containersOf(fleet);
    process.kill(await rig.pid(), "SIGKILL");
    for (const name of readdirSync(rig.stateFolder).filter((name) => name.startsWith("agent.db")))
      rmSync(join(rig.stateFolder, name));
    // As a Sampan made it whose labels did not say enough yet.
    const { "sampan.record": _, ...labels }: Record<string, string> = {
      ...container?.labels,
      "sampan.instance": "web-old@local",
    };
    const name = `${fleet}-old`;
    const labelled = Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]);
    await docker("run", "--detach", "--name", name, ...labelled, IMAGE, "node", "-e", "setInterval(() => {}, 1e6)");
    // The agent that comes next knows of nothing, and looks through the engine first.
    const second = await environment();
    expect(await second.seen()).toEqual([{ ...before, startedAt: expect.any(Number) }]);
    // Who asks what is wrong is told which are left.
    expect(await second.target.unrecorded(read)).toEqual([{ name, service: "web", release: "r" }]);
    const [brought] = await second.bring("r/bring/2");
    await expect.poll(async () => (await second.seen()).map(({ state }) => state)).toEqual(["running", "running"]);
    expect(await second.target.find("r/bring/1", read)).toMatchObject([{ id: served?.id }]);
    if (served === undefined || brought === undefined) throw new Error("nothing was brought");
    await second.target.retire(served, second.cx("r/retire/1"));
    expect(sorted((await containersOf(fleet)).map(({ instance }) => instance))).toEqual(
      sorted([brought.id, "web-old@local"]),
    );
    // It can be had back, as any other.
    await second.target.revive(served, second.cx("r/revive/1"));
    await expect.poll(async () => (await second.seen()).map(({ state }) => state)).toEqual(["running", "running"]);
    await docker("rm", "--force", name);
    expect(await second.target.unrecorded(read)).toEqual([]);
  });

  it("removes what lands after its end", { timeout: 180_000 }, async () => {
    const { target, bring, cx } = await environment();
    between.delays = (line) => (line.includes("/containers/create") ? 3_000 : 0);
    const bringing = bring("r/bring/1");
    bringing.catch(() => undefined);
    await sleep(600);
    between.delays = () => 0;
    process.kill(await rig.pid(), "SIGKILL");
    const [handle] = await bringing;
    if (handle === undefined) throw new Error("nothing was brought");
    await target.retire(handle, cx("r/retire/1"));
    await sleep(3_500);
    await expect.poll(() => containersOf(fleet), { timeout: 10_000 }).toEqual([]);
  });
});

describe("containers that come to harm", () => {
  it("are started again, whoever ended them, and it is told how", { timeout: 180_000 }, async () => {
    const { bring, seen } = await environment();
    const [handle] = await bring("r/bring/1");
    const [first] = await containersOf(fleet);
    process.kill(first?.pid ?? 0, "SIGKILL");
    await expect
      .poll(async () => (await seen())[0], { timeout: 10_000 })
      .toMatchObject({ id: handle?.id, state: "running", restarts: 1, lastExit: "exit code 137 (SIGKILL)" });
    await docker("stop", "--time", "0", first?.id ?? "");
    await expect
      .poll(async () => (await seen())[0], { timeout: 10_000 })
      .toMatchObject({ state: "running", restarts: 2 });
    await docker("rm", "--force", first?.id ?? "");
    await expect.poll(async () => (await seen())[0]?.restarts, { timeout: 20_000 }).toBeGreaterThan(2);
    await expect.poll(async () => (await seen())[0], { timeout: 20_000 }).toMatchObject({ state: "running" });
    const [again, ...others] = await containersOf(fleet);
    expect([again?.instance, others.length]).toEqual([first?.instance, 0]);
    expect(again?.id).not.toBe(first?.id);
  });

  it.each([
    ["an image that nobody has", `sampan-test-nowhere/none@sha256:${"0".repeat(64)}`, {}, "image-missing"],
    ["a program that is not in it", IMAGE, { config: { Cmd: ["/no/such/program"] } }, "container-not-started"],
    [
      "a folder that is not there",
      IMAGE,
      { hostConfig: { Mounts: [{ Type: "bind", Source: "/no/such/folder", Target: "/x" }] } },
      "engine-refused",
    ],
  ])("are not brought with %s, and it is said why", { timeout: 180_000 }, async (_what, source, change, code) => {
    const { target, bring, cx, seen } = await environment(
      containerOf(CONTAINER_PROGRAM, change as Partial<ContainerSpec>),
    );
    await expect(bring("r/bring/1", 1, source)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("web-"),
    });
    for (const { id } of await seen()) await target.retire({ version: 1, id, service: "web" }, cx("r/retire/1"));
    expect(await containersOf(fleet)).toEqual([]);
  });

  it("say when their memory was too small", { timeout: 180_000 }, async () => {
    const program = "const kept = []; setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, 1)), 20)";
    const { bring, seen } = await environment(
      containerOf(program, { hostConfig: { Memory: 80 * 1024 * 1024, MemorySwap: 80 * 1024 * 1024 } }),
    );
    await bring("r/bring/1");
    await expect.poll(async () => (await seen())[0]?.lastExit ?? "", { timeout: 20_000 }).toMatch(/exit code 137/);
  });

  it("are waited for when the engine goes away, and told apart from it", { timeout: 180_000 }, async () => {
    const { bring, seen } = await environment();
    const [handle] = await bring("r/bring/1");
    await between.shut();
    const answer = () =>
      seen().then(
        () => "answers",
        ({ code, retry }: { code: string; retry: string }) => `${code} ${retry}`,
      );
    await expect.poll(answer, { timeout: 20_000 }).toBe("engine-unreachable safe");
    await between.open();
    await expect
      .poll(() => seen().catch(() => []), { timeout: 10_000 })
      .toMatchObject([{ id: handle?.id, state: "running", restarts: 0 }]);
  });
});
