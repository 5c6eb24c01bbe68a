import { once } from "node:events";
import { renameSync } from "node:fs";
import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tell } from "../../src/router/haproxy/cli.ts";
import { processesIn } from "../../src/router/haproxy/process-record.ts";
import { noHaproxy } from "../haproxy.ts";
import { startBackend, type TestBackend } from "../load/backend.ts";
import { backendOf, never, serviceAt, TestRouter } from "../load/router.ts";

// Real processes on a machine that others may use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let router: TestRouter;
let old: TestBackend;
let next: TestBackend;
const check = noHaproxy === null ? test : test.skip;

beforeEach(async () => {
  if (noHaproxy !== null) return;
  old = await startBackend({ version: "old", prefix: "/v1" });
  next = await startBackend({ version: "next", prefix: "/v1" });
  router = await TestRouter.start([serviceAt("/v1", [backendOf("old", old)])], "haproxy");
});
afterEach(async () => {
  await router?.remove();
  await Promise.all([old?.kill(), next?.kill()]);
});

const byHand = async (command: string): Promise<string> => {
  const [{ socket } = { socket: "" }] = await processesIn(router.folder);
  return await tell(socket, [command], never);
};
const said = async () => (await router.router.state(never)).table;
const why = noHaproxy === null ? "" : `: ${noHaproxy}`;

check.each([
  ["takes a server out", "set server b0/s1 state maint"],
  ["drains it", "set server b0/s1 state drain"],
  ["changes its weight", "set server b0/s1 weight 7"],
  ["sends it elsewhere", "set server b0/s1 addr 127.0.0.1 port 9"],
  ["lets another in", "set server b0/s2 state ready"],
  ["takes the route away", "del map current/routes.map b0"],
])(`where somebody %s, HAProxy no longer says that it follows the table${why}`, async (_, command) => {
  const table = router.table([serviceAt("/v1", [backendOf("old", old)])]);
  expect(await said()).toEqual(table);
  await byHand(command);
  expect(await said().catch((error) => error.code)).not.toEqual(table);
});

/** Between us and HAProxy: answers to `show map` are cut in half, as many as are asked for. */
async function cutting(times: number): Promise<{ cut: () => number; close: () => Promise<void> }> {
  const [{ socket } = { socket: "" }] = await processesIn(router.folder);
  const own = `${socket}.own`;
  renameSync(socket, own);
  let cut = 0;
  const relay = createServer((client) => {
    client.once("data", async (line) => {
      const answer = await tell(own, [String(line).trim()], never);
      const half = String(line).startsWith("show map") && cut < times;
      if (half) cut += 1;
      client.end(half ? answer.slice(0, answer.indexOf("\n", answer.length / 3) + 1) : answer);
    });
  }).listen(socket);
  await once(relay, "listening");
  return {
    cut: () => cut,
    close: async () => {
      await new Promise((resolve) => relay.close(resolve));
      renameSync(own, socket);
    },
  };
}

check(`a map that is told by half is asked for again, and only so often${why}`, async () => {
  const table = await said();
  const twice = await cutting(2);
  expect(await said()).toEqual(table);
  expect(twice.cut()).toBe(2);
  await twice.close();
  const always = await cutting(Number.POSITIVE_INFINITY);
  await expect(said()).rejects.toMatchObject({ code: "router-unreachable", retry: "safe" });
  await always.close();
  expect(await said()).toEqual(table);
});

check(`the new server is in before the old one is out: no request meets neither${why}`, async () => {
  let done = false;
  let refused = 0;
  const asking = Array.from({ length: 8 }, async () => {
    while (!done) {
      const answer = await fetch(`${router.base}/v1/version`);
      await answer.arrayBuffer();
      if (answer.status !== 200) refused += 1;
    }
  });
  for (let round = 0; round < 20; round += 1) {
    const [name, at] = round % 2 === 0 ? (["next", next] as const) : (["old", old] as const);
    await router.apply([serviceAt("/v1", [backendOf(name, at)])]);
    // By its own state: nothing new goes to the one before from here on.
    const before = (round % 2 === 0 ? old : next).requests();
    await fetch(`${router.base}/v1/version`).then((answer) => answer.arrayBuffer());
    await router.router.drained(round % 2 === 0 ? "old" : "next", 5_000, never);
    expect((round % 2 === 0 ? old : next).requests() - before).toBeLessThanOrEqual(8);
  }
  done = true;
  await Promise.all(asking);
  expect(refused).toBe(0);
});
