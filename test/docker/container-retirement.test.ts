import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { systemClock } from "../../src/io/clock.ts";
import { freePort } from "../../src/io/free-port.ts";
import type { Cx, Handle } from "../../src/targets/target.ts";
import { agentRig } from "../contract/agent-rig.ts";
import { specOf } from "../fleet-samples.ts";
import { noHaproxy } from "../haproxy.ts";
import { ContainerTarget, containerOf, IMAGE } from "./container-rig.ts";
import { containersOf } from "./containers-of.ts";

const never = new AbortController().signal;
const read = { signal: never };
const rig = agentRig();
afterAll(() => rig.close(), 60_000);

const check = noHaproxy === null ? it : it.skip;

/** Waits for nobody once it is told to end: it is gone `linger` milliseconds later, whatever it had begun. */
const program = (linger: number): string => `
  const { createServer } = require("node:http");
  const server = createServer((request, response) => {
    if (request.url.endsWith("/slow")) setTimeout(() => response.end("slow"), 2000);
    else response.end(process.env.SAMPAN_INSTANCE);
  });
  server.listen(Number(process.env.PORT));
  process.on("SIGTERM", () => { console.log("told to end"); setTimeout(() => process.exit(0), ${linger}); });
`;

/** Two containers behind HAProxy that answer. */
async function serving(fleet: string, linger: number) {
  const listen = { host: "127.0.0.1", port: await freePort() };
  const router = { kind: "haproxy", image: null } as const;
  const target = new ContainerTarget(
    {
      fleet: `sampan-${fleet}-${process.pid}`,
      environment: "test",
      listen,
      router,
      hosts: [rig.host],
      clock: systemClock,
    },
    containerOf(program(linger)),
  );
  rig.adopt(target);
  const fence = await target.claim("a test", read);
  const cx = (operationId: string): Cx => ({ operationId, release: "r", fence, signal: never, log: () => undefined });
  const fingerprint = await target.fingerprint("web", {}, read);
  await target.stage({ service: "web", fingerprint, variables: {}, rotates: {} }, cx("stage"));
  const revision = { artifact: `sha256:${"1".repeat(64)}`, commit: "1".repeat(40), variables: fingerprint };
  const spec = specOf("web", { stop: { drain: 10_000, timeout: 5_000 } });
  const brought = await target.bring({ service: "web", revision, source: IMAGE, spec }, 2, cx("bring"));
  const [a, b] = brought as [Handle, Handle];
  for (const handle of brought) {
    const at = await target.endpoint(handle, read);
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${at?.port}/`).then(
            (answer) => answer.text(),
            () => "",
          ),
        { timeout: 20_000 },
      )
      .toBe(handle.id);
  }
  const shift = (handles: readonly Handle[], operation: string) =>
    target.shift(
      { service: "web", match: spec.routes, backends: handles.map(({ id }) => ({ instance: id, weight: 1 })) },
      cx(operation),
    );
  return { target, cx, a, b, shift, base: `http://127.0.0.1:${listen.port}/web` };
}

check(
  `a container is told to end once it has nothing left to finish${noHaproxy ?? ""}`,
  { timeout: 120_000 },
  async () => {
    const { target, cx, a, b, shift, base } = await serving("drained", 0);
    await shift([a], "shift/1");
    // Never sent twice: where it is cut, it is lost.
    const slow = fetch(`${base}/slow`, { method: "POST" }).then(async (answer) => [answer.status, await answer.text()]);
    await sleep(500);
    await shift([b], "shift/2");
    await target.retire(a, cx("retire"));
    expect(await slow.catch(String)).toEqual([200, "slow"]);
  },
);

check(
  `a container is told to end once HAProxy itself says that it is out${noHaproxy ?? ""}`,
  { timeout: 120_000 },
  async () => {
    const { target, cx, a, b, shift } = await serving("out", 2_000);
    await shift([a, b], "shift/1");
    const retired = target.retire(a, cx("retire"));
    const told = async () => {
      for await (const { text } of target.logs(a, { follow: false }, read)) if (text === "told to end") return true;
      return false;
    };
    while (!(await told())) await sleep(20);
    const { route } = (await target.observe(read)).services.web ?? { route: null };
    expect(route?.backends.map(({ instance }) => instance)).toEqual([b.id]);
    await retired;
  },
);

/** Takes work every few milliseconds, until it is told to end: then it takes no more, and finishes what it has. */
const WORKER = `
  const taking = setInterval(() => console.log("taken"), 20);
  process.on("SIGTERM", () => {
    clearInterval(taking);
    console.log("takes no more");
    setTimeout(() => { console.log("finished"); process.exit(0); }, 1500);
  });
`;

it("a worker, which listens on nothing, is told to end at once, finishes what it has, and is gone", {
  timeout: 120_000,
}, async () => {
  const fleet = `sampan-worker-${process.pid}`;
  const target = new ContainerTarget(
    {
      fleet,
      environment: "test",
      listen: { host: "127.0.0.1", port: await freePort() },
      hosts: [rig.host],
      clock: systemClock,
    },
    containerOf(WORKER),
  );
  rig.adopt(target);
  const fence = await target.claim("a test", read);
  const cx = (operationId: string): Cx => ({ operationId, release: "r", fence, signal: never, log: () => undefined });
  const fingerprint = await target.fingerprint("worker", {}, read);
  await target.stage({ service: "worker", fingerprint, variables: {}, rotates: {} }, cx("stage"));
  const revision = { artifact: `sha256:${"1".repeat(64)}`, commit: "1".repeat(40), variables: fingerprint };
  // Nobody waits for requests that it cannot have.
  const spec = specOf("worker", { port: null, routes: [], health: null, stop: { drain: 600_000, timeout: 10_000 } });
  const bring = async (operation: string): Promise<Handle> => {
    const [handle] = await target.bring({ service: "worker", revision, source: IMAGE, spec }, 1, cx(operation));
    if (handle === undefined) throw new Error("nothing was brought");
    return handle;
  };
  const said: string[] = [];
  const old = await bring("bring/1");
  expect(await target.endpoint(old, read)).toBeNull();
  const heard = (async () => {
    for await (const { text } of target.logs(old, { follow: true }, read)) said.push(text);
  })();
  await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThan(2);
  const next = await bring("bring/2");
  await target.retire(old, cx("retire"));
  await heard;
  const told = said.indexOf("takes no more");
  expect(said.slice(0, told).every((line) => line === "taken")).toBe(true);
  expect(said.slice(told, told + 2)).toEqual(["takes no more", "finished"]);
  expect((await containersOf(fleet)).map(({ instance, running }) => [instance, running])).toEqual([[next.id, true]]);
});
