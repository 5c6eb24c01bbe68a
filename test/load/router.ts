import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/io/clock.ts";
import { freePort } from "../../src/io/free-port.ts";
import { systemRandom } from "../../src/io/random.ts";
import { startRouter } from "../../src/router/builtin/start.ts";
import { hostLaunch } from "../../src/router/haproxy/launch.ts";
import { startHaproxy } from "../../src/router/haproxy/start.ts";
import type { Router, RouterBackend, RouterService, RouterTable } from "../../src/router/router.ts";
import type { StartedRouter } from "../../src/router/start-options.ts";

export const ROUTER_ENTRY = fileURLToPath(new URL("../../src/router/builtin/main.ts", import.meta.url));

export const never = new AbortController().signal;

export type RouterKind = "builtin" | "haproxy";

/** A router's process in a folder of its own, with a new port. */
export class TestRouter {
  readonly kind: RouterKind;
  readonly folder: string;
  readonly port: number;
  router!: Router;
  started!: StartedRouter;
  #epoch = 0;

  constructor(at: Readonly<{ kind: RouterKind; folder: string; port: number }>) {
    this.kind = at.kind;
    this.folder = at.folder;
    this.port = at.port;
  }

  static async start(services: readonly RouterService[] = [], kind: RouterKind = "builtin"): Promise<TestRouter> {
    const folder = await mkdtemp(join(tmpdir(), "sampan-router-"));
    const started = new TestRouter({ kind, folder, port: await freePort() });
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
    this.started = await this.begin(this.table(services));
    this.router = this.started.router;
    this.#epoch = this.started.table.epoch;
  }

  /** Starts or adopts, and changes nothing of what this one holds. */
  begin(table: RouterTable): Promise<StartedRouter> {
    const options = {
      folder: this.folder,
      table,
      log: () => {},
      signal: never,
      clock: systemClock,
      random: systemRandom,
    };
    return this.kind === "builtin"
      ? startRouter({ ...options, entry: ROUTER_ENTRY })
      : startHaproxy({ ...options, launch: hostLaunch() });
  }

  get pid(): number {
    return this.started?.pid() ?? -1;
  }

  async apply(services: readonly RouterService[]): Promise<void> {
    this.#epoch += 1;
    await this.router.apply(this.table(services), never);
  }

  /** Waits until the process is gone. */
  async end(how: "orderly" | "SIGKILL" = "orderly"): Promise<void> {
    const { pid } = this;
    process.kill(pid, how === "orderly" ? this.started.orderly : how);
    while (alive(pid)) await sleep(5);
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
