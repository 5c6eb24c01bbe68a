import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../src/io/free-port.ts";
import type { BuiltinRouter } from "../../src/router/builtin/client.ts";
import { startRouter } from "../../src/router/builtin/start.ts";
import type { RouterBackend, RouterService, RouterTable } from "../../src/router/router.ts";

export const ROUTER_ENTRY = fileURLToPath(new URL("../../src/router/builtin/main.ts", import.meta.url));

export const never = new AbortController().signal;

/** A router's process in a folder of its own, with a new port. */
export class TestRouter {
  readonly folder: string;
  readonly port: number;
  router!: BuiltinRouter;
  pid = -1;
  #epoch = 0;

  constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async start(services: readonly RouterService[] = []): Promise<TestRouter> {
    const started = new TestRouter(await mkdtemp(join(tmpdir(), "sampan-router-")), await freePort());
    await started.start(services);
    return started;
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  table(services: readonly RouterService[], epoch = this.#epoch): RouterTable {
    return { formatVersion: 1, listen: { host: "127.0.0.1", port: this.port }, epoch, services };
  }

  async start(services: readonly RouterService[]): Promise<void> {
    const table = this.table(services);
    const {
      router,
      pid,
      table: served,
    } = await startRouter({
      folder: this.folder,
      table,
      entry: ROUTER_ENTRY,
      log: () => {},
      signal: never,
    });
    this.router = router;
    this.pid = pid;
    this.#epoch = served.epoch;
  }

  async apply(services: readonly RouterService[]): Promise<void> {
    this.#epoch += 1;
    await this.router.apply(this.table(services), never);
  }

  /** Waits until the process is gone. */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    process.kill(this.pid, signal);
    while (alive(this.pid)) await sleep(5);
  }

  async remove(): Promise<void> {
    if (this.pid > 0 && alive(this.pid)) await this.end("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const backendOf = (
  instance: string,
  at: Readonly<{ host: string; port: number }>,
  weight = 1,
): RouterBackend => ({ instance, host: at.host, port: at.port, weight });

export const serviceAt = (prefix: string, backends: readonly RouterBackend[], service = "things"): RouterService => ({
  service,
  match: [{ kind: "prefix", prefix }],
  backends,
});

/** Listens on a free loopback port until the test ends it. */
export async function listening<T extends import("node:net").Server>(
  server: T,
): Promise<{ host: string; port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return { host: "127.0.0.1", port: address.port };
}
