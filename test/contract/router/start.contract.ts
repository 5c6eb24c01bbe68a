import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../../../src/io/free-port.ts";
import { socketPath } from "../../../src/io/socket-path.ts";
import { startBackend, type TestBackend } from "../../load/backend.ts";
import { alive, backendOf, listening, never, type RouterKind, serviceAt, TestRouter } from "../../load/router.ts";

export function startContract(kind: RouterKind): void {
  const routers: TestRouter[] = [];
  const backends: TestBackend[] = [];
  afterEach(async () => {
    await Promise.all(routers.splice(0).map((router) => router.remove()));
    await Promise.all(backends.splice(0).map((backend) => backend.kill()));
  });

  async function running(): Promise<{ router: TestRouter; backend: TestBackend }> {
    const backend = await startBackend({ version: "one", prefix: "/v1" });
    backends.push(backend);
    const router = await TestRouter.start([serviceAt("/v1", [backendOf("one", backend)])], kind);
    routers.push(router);
    return { router, backend };
  }

  const again = (router: TestRouter, services = [serviceAt("/v1", [])], epoch = 0) =>
    router.begin(router.table(services, epoch));

  const emptyRouter = async (folder?: string): Promise<TestRouter> => {
    const at = folder ?? (await mkdtemp(join(tmpdir(), "sampan-router-")));
    const router = new TestRouter({ kind, folder: at, port: await freePort() });
    routers.push(router);
    return router;
  };

  const filesUnder = async (folder: string): Promise<string[]> => {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return found
      .filter((one) => !one.isDirectory() && !one.isSymbolicLink())
      .map((one) => join(one.parentPath, one.name));
  };

  test("a second start adopts the one that runs", async () => {
    const { router } = await running();
    const adopted = await again(router);
    expect(adopted.adopted).toBe(true);
    expect(adopted.pid()).toBe(router.pid);
    expect(adopted.table.services[0]?.backends).toHaveLength(1);
  });

  test("many starts at once end with one router", async () => {
    const router = await emptyRouter();
    const started = await Promise.all(Array.from({ length: 4 }, () => again(router)));
    expect(new Set(started.map(({ pid }) => pid())).size).toBe(1);
    router.started = one(started);
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
    const file = join(router.folder, kind === "builtin" ? "routes.json" : "current/routes.map");
    const torn = (await readFile(file, "utf8")).slice(0, 60);
    await writeFile(file, torn);
    await expect(again(router, [], 99)).rejects.toMatchObject({ code: "routes-refused" });
    expect(await readFile(file, "utf8")).toBe(torn);
  });

  test("told to end, it finishes what is in flight and takes nothing new; SIGHUP is nothing to it", async () => {
    const { router } = await running();
    process.kill(router.pid, "SIGHUP");
    const slow = fetch(`${router.base}/v1/slow?ms=500`);
    while ((await router.router.state(never)).stats[0]?.inFlight !== 1) await sleep(5);
    const ended = router.end("orderly");
    await sleep(100);
    await expect(fetch(`${router.base}/v1/version`)).rejects.toThrow();
    expect(await (await slow).json()).toMatchObject({ slow: 500 });
    await ended;
  });

  test("a taken port is named, with who holds it, and the folder is as it was", async () => {
    const holder = createServer();
    const { port } = await listening(holder);
    const router = new TestRouter({ kind, folder: await mkdtemp(join(tmpdir(), "sampan-router-")), port });
    routers.push(router);
    await expect(again(router)).rejects.toMatchObject({
      code: "port-taken",
      message: `Port ${port} of 127.0.0.1 is taken by process ${process.pid}`,
    });
    const routes = kind === "builtin" ? "routes.json" : "current";
    await expect(stat(join(router.folder, routes))).rejects.toMatchObject({ code: "ENOENT" });
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
    // A folder with something in it where the new file is to be: the disk refuses, whoever we are.
    const at = join(router.folder, kind === "builtin" ? `routes.json.${router.pid}.new` : "current");
    await rm(at, { force: true });
    await mkdir(join(at, "full"), { recursive: true });
    const services = [serviceAt("/v1", [backendOf("one", backend, 5)])];
    await expect(router.router.apply(router.table(services, 1), never)).rejects.toMatchObject({
      code: "routes-not-saved",
      retry: "safe",
    });
    expect((await router.router.state(never)).table.epoch).toBe(0);
    await rm(at, { recursive: true });
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
    // Over a new connection: those that were there already are served to their end.
    await expect(connected(router.port)).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a folder whose path is too long for a socket works as well", async () => {
    const above = await mkdtemp(join(tmpdir(), "sampan-router-"));
    const folder = join(above, "deep".repeat(30));
    const router = await emptyRouter(folder);
    router.started = await again(router);
    expect((await router.started.router.state(never)).pid).toBe(router.pid);
    await router.end();
    expect(alive(router.pid)).toBe(false);
    await rm(join(socketPath(folder, "router.sock"), ".."), { recursive: true });
    await rm(above, { recursive: true });
  });

  test("what it keeps is its user's alone", async () => {
    const { router } = await running();
    for (const file of await filesUnder(router.folder)) expect((await stat(file)).mode & 0o077, file).toBe(0);
  });
}

async function connected(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
}

function one<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined) throw new Error("there is none");
  return first;
}
