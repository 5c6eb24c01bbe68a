import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { upGate } from "../../src/gates/up.ts";
import { systemClock } from "../../src/io/clock.ts";
import { run } from "../../src/io/exec.ts";
import { freePort } from "../../src/io/free-port.ts";
import type { Handle } from "../../src/targets/target.ts";
import { agentRig } from "../contract/agent-rig.ts";
import { specOf } from "../fleet-samples.ts";
import { CONTAINER_PROGRAM, ContainerTarget, containerOf, IMAGE } from "./container-rig.ts";
import { containersOf } from "./containers-of.ts";

const never = new AbortController().signal;
const read = { signal: never };
const SECOND = 1e9;

let rig: ReturnType<typeof agentRig>;
let fleet: string;
let count = 0;

beforeEach(() => {
  rig = agentRig();
  count += 1;
  fleet = `sampan-own-check-${process.pid}-${count}`;
});

afterEach(async () => {
  await rig.close();
  expect(await containersOf(fleet)).toEqual([]);
}, 60_000);

/** One container that answers at once, with this health check: its engine runs it for the first time after ten minutes. */
async function checked(test: readonly string[], program = CONTAINER_PROGRAM, user = "65534") {
  const listen = { host: "127.0.0.1", port: await freePort() };
  const target = new ContainerTarget(
    { fleet, environment: "test", listen, hosts: [rig.host], clock: systemClock },
    containerOf(program, {
      config: {
        Cmd: ["node", "-e", program],
        User: user,
        Healthcheck: { Test: test, Interval: 600 * SECOND, Timeout: SECOND / 2 },
      },
    }),
  );
  rig.adopt(target);
  const fence = await target.claim("tester", read);
  const variables = { VERSION: "1" };
  const fingerprint = await target.fingerprint("web", variables, read);
  const cx = (operationId: string) => ({ operationId, release: "r", fence, signal: never, log: () => undefined });
  await target.stage({ service: "web", fingerprint, variables, rotates: {} }, cx("stage"));
  const artifact = await docker("image", "inspect", "--format", "{{.Id}}", IMAGE);
  const revision = { artifact, commit: "1".repeat(40), variables: fingerprint };
  const spec = specOf("web", { stop: { drain: 0, timeout: 500 } });
  const [handle] = await target.bring({ service: "web", revision, source: IMAGE, spec }, 1, cx("r/bring/1"));
  if (handle === undefined) throw new Error("nothing was brought");
  const gate = (timeout: number) =>
    upGate(
      { count: 1, timeout },
      {
        service: "web",
        release: "r",
        revision,
        instances: [handle],
        baseline: [],
        target,
        entrance: listen,
        committed: async () => null,
        root: "/",
        files: async () => "/",
      },
      { clock: systemClock, signal: never, mask: (text) => text, log: () => undefined },
    );
  return { target, handle, gate };
}

const docker = async (...args: string[]): Promise<string> => (await run({ argv: ["docker", ...args] })).stdout.trim();
const engineSays = async (): Promise<string> => {
  const [seen] = await containersOf(fleet);
  return await docker("inspect", "--format", "{{.State.Health.Status}}", seen?.id ?? "");
};
const healthOf = async (target: ContainerTarget, handle: Handle, check: boolean) =>
  (await target.instance(handle, read, { check }))?.container?.health;

describe("a container's own health check", () => {
  it("is run once it answers, not after its engine's first interval", { timeout: 60_000 }, async () => {
    const { gate, target, handle } = await checked([
      "CMD-SHELL",
      'test "$VERSION" = 1 && exec node -e "process.exit(process.getuid() === 65534 ? 0 : 1)"',
    ]);
    expect((await gate(30_000)).verdict).toBe("passed");
    expect(await healthOf(target, handle, false)).toBe("healthy");
    expect(await engineSays()).toBe("starting");
  });

  it("must pass: one that fails is waited for, and run less and less often", { timeout: 60_000 }, async () => {
    const program = `${CONTAINER_PROGRAM}; require("node:fs").writeFileSync("/tmp/runs", "")`;
    const { gate, target, handle } = await checked(["CMD-SHELL", "echo run >>/tmp/runs; exit 1"], program);
    const found = await gate(3_000);
    expect(found).toMatchObject({
      verdict: "failed",
      evidence: expect.stringContaining("own health check has not passed yet"),
    });
    expect(await healthOf(target, handle, true)).toBe("starting");
    const [seen] = await containersOf(fleet);
    const runs = (await docker("exec", seen?.id ?? "", "cat", "/tmp/runs")).split("\n").filter(Boolean).length;
    expect(runs).toBeGreaterThan(1);
    expect(runs).toBeLessThan(8);
  });

  it("counts for one life of the container only", { timeout: 60_000 }, async () => {
    const { target, handle } = await checked(["CMD", "true"]);
    await expect.poll(() => healthOf(target, handle, true), { timeout: 20_000 }).toBe("healthy");
    const [seen] = await containersOf(fleet);
    process.kill(seen?.pid ?? 0, "SIGKILL");
    await expect.poll(async () => (await target.instance(handle, read))?.restarts, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => healthOf(target, handle, false), { timeout: 20_000 }).toBe("starting");
    await expect.poll(() => healthOf(target, handle, true), { timeout: 20_000 }).toBe("healthy");
  });

  it("that hangs is ended, and no other is put beside it", { timeout: 60_000 }, async () => {
    const { gate } = await checked(["CMD", "sleep", "4321"], CONTAINER_PROGRAM, "0");
    expect((await gate(3_000)).verdict).toBe("failed");
    const sleepers = async () =>
      (await run({ argv: ["pgrep", "-fx", "sleep 4321"] })).stdout.split("\n").filter(Boolean);
    await sleep(500);
    // As root the agent can end it; as another user it is left to itself, and is one.
    expect((await sleepers()).length).toBeLessThanOrEqual(process.getuid?.() === 0 ? 0 : 1);
  });
});
