import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { startLoad } from "../../src/load/load.ts";
import type { LoadReport } from "../../src/load/mix.ts";
import { startBackend, type TestBackend } from "./backend.ts";
import { backendOf, never, type RouterKind, serviceAt, TestRouter } from "./router.ts";
import { standardMixes } from "./standard.ts";

// Real processes on a machine that others may use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const kinds: readonly RouterKind[] = ["builtin", "haproxy"];

let router: TestRouter | undefined;
const backends: TestBackend[] = [];
afterEach(async () => {
  await router?.remove();
  await Promise.all(backends.splice(0).map((backend) => backend.kill()));
});

const bring = async (version: string) => {
  const backend = await startBackend({ version, prefix: "/v1" });
  backends.push(backend);
  return backend;
};

type Way = (move: Readonly<{ old: TestBackend; next: TestBackend; shift: () => Promise<void> }>) => Promise<void>;

async function switchesUnderLoad(kind: RouterKind, count: number, way: Way): Promise<LoadReport> {
  let old = await bring("v0");
  const started = await TestRouter.start([serviceAt("/v1", [backendOf("v0", old)])], kind);
  router = started;
  const mixes = standardMixes("/v1");
  const load = await startLoad({ base: started.base, mixes, signal: never });
  await sleep(500);
  for (let number = 1; number <= count; number += 1) {
    const next = await bring(`v${number}`);
    const gone = old.version;
    const shift = async () => {
      await started.apply([serviceAt("/v1", [backendOf(next.version, next)])]);
      for (const mix of mixes) load.retired(mix.name, gone);
    };
    await way({ old, next, shift });
    old = next;
  }
  return await load.stop();
}

const described = ({ byKind, losses }: LoadReport) => JSON.stringify({ byKind, losses: losses.slice(0, 5) });

test.each(kinds)(
  "200 switches of %s under load lose nothing, and no POST arrives twice",
  { timeout: 180_000 },
  async (kind) => {
    const closing: Promise<void>[] = [];
    const report = await switchesUnderLoad(kind, 200, async ({ old, shift }) => {
      await shift();
      // Streams and slow answers hold it until the limit: meanwhile the next switches go on.
      const stopped = router?.router.drained(old.version, 2_000, never).then(() => old.close());
      closing.push(stopped ?? Promise.resolve());
      await sleep(60);
    });
    await Promise.all(closing);
    expect(report.lost, described(report)).toBe(0);
    for (const mix of standardMixes("/v1")) expect(report.byMix[mix.name]?.served, mix.name).toBeGreaterThan(0);
    const requests = standardMixes("/v1").filter(({ kind }) => kind === "request");
    const answered = requests.reduce((sum, { name }) => sum + (report.byMix[name]?.served ?? 0), 0);
    expect(answered / report.seconds).toBeGreaterThan(300);
    const seen = new Map<string, number>();
    for (const backend of backends) {
      for (const [id, times] of backend.things) seen.set(id, (seen.get(id) ?? 0) + times);
    }
    expect([...seen.values()].filter((times) => times > 1)).toEqual([]);
    expect(report.acknowledged.length).toBeGreaterThan(0);
    expect(report.acknowledged.filter((id) => !seen.has(id))).toEqual([]);
    // Nothing is kept of those that are gone.
    expect((await router?.router.state(never))?.stats.map(({ instance }) => instance)).toEqual(["v200"]);
  },
);

test.each(kinds)("the load sees what a switch of %s in the wrong order loses", { timeout: 60_000 }, async (kind) => {
  const report = await switchesUnderLoad(kind, 1, async ({ old, shift }) => {
    await old.kill();
    // Longer than a router that tries again to connect puts up with: HAProxy does so three times, a second apart.
    await sleep(4_000);
    await shift();
  });
  expect(report.byKind.status, described(report)).toBeGreaterThan(0);
});

test("the load sees an old version that still answers after its switch", { timeout: 60_000 }, async () => {
  const old = await bring("v0");
  router = await TestRouter.start([serviceAt("/v1", [backendOf("v0", old)])]);
  const mixes = standardMixes("/v1").filter(({ name }) => name === "get");
  const load = await startLoad({ base: router.base, mixes, signal: never });
  await sleep(200);
  load.retired("get", "v0");
  await sleep(300);
  const report = await load.stop();
  expect(report.byKind["stale-version"]).toBeGreaterThan(0);
});

test.each(kinds)("canary weights are kept by %s", async (kind) => {
  const old = await bring("old");
  const canary = await bring("canary");
  router = await TestRouter.start(
    [serviceAt("/v1", [backendOf("old", old, 95), backendOf("canary", canary, 5)])],
    kind,
  );
  const requests = 2_000;
  const address = `${router.base}/v1/version`;
  for (let sent = 0; sent < requests; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, async () => (await fetch(address)).arrayBuffer()));
  }
  const expected = requests * 0.05;
  // Four standard deviations of a fair coin of that weight.
  const bound = 4 * Math.sqrt(requests * 0.05 * 0.95);
  expect(Math.abs(canary.requests() - expected)).toBeLessThan(bound);
  expect(old.requests() + canary.requests()).toBe(requests);
});
