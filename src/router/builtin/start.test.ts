import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { startBackend, type TestBackend } from "../../../test/load/backend.ts";
import { alive, backendOf, listening, never, ROUTER_ENTRY, serviceAt, TestRouter } from "../../../test/load/router.ts";
import { freePort } from "../../io/free-port.ts";
import { socketPath } from "../../io/socket-path.ts";
import { BuiltinRouter } from "./client.ts";
import { startRouter } from "./start.ts";

// Real processes on a machine that others may use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const routers: TestRouter[] = [];
const backends: TestBackend[] = [];
afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.remove()));
  await Promise.all(backends.splice(0).map((backend) => backend.kill()));
});

async function running(): Promise<{ router: TestRouter; backend: TestBackend }> {
  const backend = await startBackend({ version: "one", prefix: "/v1" });
  backends.push(backend);
  const router = await TestRouter.start([serviceAt("/v1", [backendOf("one", backend)])]);
  routers.push(router);
  return { router, backend };
}

const again = (router: TestRouter, services = [serviceAt("/v1", [])], epoch = 0) =>
  startRouter({
    folder: router.folder,
    table: router.table(services, epoch),
    entry: ROUTER_ENTRY,
    log: () => {},
    signal: never,
  });

test("its socket, routes, pid and log are its user's alone", async () => {
  const { router } = await running();
  for (const name of ["router.sock", "routes.json", "router.pid", "router.log"]) {
    expect((await stat(join(router.folder, name))).mode & 0o777).toBe(0o600);
  }
  expect(await readFile(join(router.folder, "router.pid"), "utf8")).toBe(`${router.pid}\n`);
});

test("a second start adopts the one that runs", async () => {
  const { router } = await running();
  const adopted = await again(router);
  expect(adopted).toMatchObject({ pid: router.pid, adopted: true });
  expect(adopted.table.services[0]?.backends).toHaveLength(1);
});

test("many starts at once end with one router", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sampan-router-"));
  const router = new TestRouter(folder, await freePort());
  routers.push(router);
  const started = await Promise.all(Array.from({ length: 4 }, () => again(router)));
  expect(new Set(started.map(({ pid }) => pid)).size).toBe(1);
  router.pid = started[0]?.pid ?? -1;
});

test("stopped, it is told from one that died: nobody waits for it for ever, and what it is told it does once it goes on", async () => {
  const { router, backend } = await running();
  const impatient = new BuiltinRouter(socketPath(router.folder, "router.sock"), 500);
  process.kill(router.pid, "SIGSTOP");
  try {
    const silent = { code: "router-silent", retry: "safe" };
    await expect(impatient.state(never)).rejects.toMatchObject(silent);
    await expect(impatient.drained("one", 100, never)).rejects.toMatchObject(silent);
    const table = router.table([serviceAt("/v2", [backendOf("one", backend)])], 1);
    await expect(impatient.apply(table, never)).rejects.toMatchObject(silent);
  } finally {
    process.kill(router.pid, "SIGCONT");
  }
  await vi.waitFor(async () => expect((await router.router.state(never)).table.epoch).toBe(1), 10_000);
  expect((await router.router.state(never)).pid).toBe(router.pid);
});

test("killed, it comes back with the routes that were applied last", async () => {
  const { router, backend } = await running();
  const next = await startBackend({ version: "two", prefix: "/v1" });
  backends.push(next);
  await router.apply([serviceAt("/v1", [backendOf("two", next)])]);
  await router.end("SIGKILL");
  const before = router.pid;
  await router.start([serviceAt("/v1", [backendOf("one", backend)])]);
  expect(router.pid).not.toBe(before);
  expect((await fetch(`${router.base}/v1/version`)).headers.get("x-version")).toBe("two");
  expect((await router.router.state(never)).table.epoch).toBe(1);
});

test("killed in the middle of changes, it comes back with one that was asked for, whole", async () => {
  const { router, backend } = await running();
  for (let round = 0; round < 5; round += 1) {
    let asked = (await router.router.state(never)).table.epoch;
    let held = asked;
    const changes = (async () => {
      for (;;) {
        asked += 1;
        const services = [serviceAt("/v1", [backendOf(`one-${asked}`, backend)])];
        try {
          await router.router.apply(router.table(services, asked), never);
        } catch {
          return;
        }
        held = asked;
      }
    })();
    await sleep(20 + round * 13);
    await router.end("SIGKILL");
    await changes;
    await router.start([]);
    const { table } = await router.router.state(never);
    expect([held, asked]).toContain(table.epoch);
    if (table.epoch > 0)
      expect(table.services[0]?.backends[0]?.instance).toMatch(new RegExp(`^one(-${table.epoch})?$`));
  }
});

test("torn routes are refused, said and left as they are", async () => {
  const { router } = await running();
  await router.end("SIGKILL");
  const file = join(router.folder, "routes.json");
  const torn = (await readFile(file, "utf8")).slice(0, 60);
  await writeFile(file, torn);
  await expect(again(router, [], 99)).rejects.toMatchObject({ code: "routes-refused" });
  expect(await readFile(file, "utf8")).toBe(torn);
  const { run } = await import("../../io/exec.ts");
  const direct = await run({ argv: [process.execPath, ROUTER_ENTRY, router.folder] });
  expect(direct.exitCode).toBe(11);
  expect(direct.stderr).toMatch(/routes are refused: it is not whole JSON/);
  await rm(file);
  expect((await run({ argv: [process.execPath, ROUTER_ENTRY, router.folder] })).exitCode).toBe(11);
});

test("SIGTERM finishes what is in flight and takes nothing new; SIGHUP is nothing to it", async () => {
  const { router } = await running();
  process.kill(router.pid, "SIGHUP");
  const slow = fetch(`${router.base}/v1/slow?ms=500`);
  while ((await router.router.state(never)).stats[0]?.inFlight !== 1) await sleep(5);
  const ended = router.end("SIGTERM");
  await sleep(100);
  await expect(fetch(`${router.base}/v1/version`)).rejects.toThrow();
  expect(await (await slow).json()).toMatchObject({ slow: 500 });
  await ended;
  await expect(stat(join(router.folder, "router.sock"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a taken port is named, with who holds it, and the folder is as it was", async () => {
  const holder = createServer();
  const { port } = await listening(holder);
  const folder = await mkdtemp(join(tmpdir(), "sampan-router-"));
  const router = new TestRouter(folder, port);
  routers.push(router);
  await expect(again(router)).rejects.toMatchObject({
    code: "port-taken",
    message: `Port ${port} of 127.0.0.1 is taken by process ${process.pid}`,
  });
  await expect(stat(join(folder, "routes.json"))).rejects.toMatchObject({ code: "ENOENT" });
  holder.close();
});

test("older routes are refused, the same again are no news", async () => {
  const { router, backend } = await running();
  const services = [serviceAt("/v1", [backendOf("one", backend)])];
  await router.apply(services);
  await router.router.apply(router.table(services, 1), never);
  const stale = { code: "stale-epoch", retry: "never" };
  await expect(router.router.apply(router.table([], 1), never)).rejects.toMatchObject(stale);
  await expect(router.router.apply(router.table(services, 0), never)).rejects.toMatchObject(stale);
  expect((await router.router.state(never)).table.epoch).toBe(1);
});

test("ambiguous routes are refused and change nothing", async () => {
  const { router, backend } = await running();
  const twice = [serviceAt("/v1", [backendOf("one", backend)]), serviceAt("/v1", [], "others")];
  await expect(router.router.apply(router.table(twice, 7), never)).rejects.toMatchObject({ code: "routes-refused" });
  expect((await router.router.state(never)).table.epoch).toBe(0);
  expect((await fetch(`${router.base}/v1/version`)).status).toBe(200);
});

test("routes that cannot be written do not hold", async () => {
  const { router, backend } = await running();
  // A folder where the new file is to be written: the disk refuses, whoever we are.
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(router.folder, `routes.json.${router.pid}.new`));
  const services = [serviceAt("/v1", [backendOf("one", backend, 5)])];
  await expect(router.router.apply(router.table(services, 1), never)).rejects.toMatchObject({
    code: "routes-not-saved",
    retry: "safe",
  });
  expect((await router.router.state(never)).table.epoch).toBe(0);
  await rm(join(router.folder, `routes.json.${router.pid}.new`), { recursive: true });
  await router.router.apply(router.table(services, 1), never);
});

test("the listener can move, and stays when the new port is taken", async () => {
  const { router, backend } = await running();
  const services = [serviceAt("/v1", [backendOf("one", backend)])];
  const to = async (port: number, epoch: number) =>
    router.router.apply({ ...router.table(services, epoch), listen: { host: "127.0.0.1", port } }, never);
  await expect(to(backend.port, 1)).rejects.toMatchObject({ code: "port-taken" });
  expect((await fetch(`${router.base}/v1/version`)).status).toBe(200);
  const port = await freePort();
  await to(port, 2);
  expect((await fetch(`http://127.0.0.1:${port}/v1/version`)).status).toBe(200);
  await expect(fetch(`${router.base}/v1/version`)).rejects.toThrow();
});

test("a folder whose path is too long for a socket works as well", async () => {
  const above = await mkdtemp(join(tmpdir(), "sampan-router-"));
  const folder = join(above, "deep".repeat(30));
  const router = new TestRouter(folder, await freePort());
  routers.push(router);
  const { pid, router: client } = await again(router);
  router.pid = pid;
  expect((await client.state(never)).pid).toBe(pid);
  await router.end();
  expect(alive(pid)).toBe(false);
  await rm(join(socketPath(folder, "router.sock"), ".."), { recursive: true });
  await rm(above, { recursive: true });
});

test("nonsense on the control socket is answered with a fault", async () => {
  const { router } = await running();
  const { connect } = await import("node:net");
  const { text } = await import("node:stream/consumers");
  for (const line of ["not json\n", "{}\n", '{"command":"apply","table":{}}\n']) {
    const socket = connect(join(router.folder, "router.sock"));
    socket.write(line);
    expect(JSON.parse(await text(socket))).toMatchObject({ fault: { code: "bad-command" } });
  }
});
