import { join } from "node:path";
import type { Clock } from "../io/clock.ts";
import { makeFolder } from "../io/make-folder.ts";
import { processStamp, sendSignal } from "../io/process.ts";
import type { Random } from "../io/random.ts";
import type { Launch } from "../router/haproxy/launch.ts";
import type { Router, RouterTable } from "../router/router.ts";
import type { StartedRouter } from "../router/start-options.ts";
import type { Entrance } from "./entrance.ts";
import { folderName } from "./names.ts";
import { keyOf, type Scope } from "./protocol.ts";
import { routerTable, sameTable } from "./router-table.ts";
import { startKind } from "./start-kind.ts";
import type { Instances } from "./state/instances.ts";
import type { Routes } from "./state/routes.ts";
import type { Scopes } from "./state/scopes.ts";

export type RoutersOptions = Readonly<{
  folder: string;
  /** Absolute path of the router's program. */
  entry: string;
  scopes: Scopes;
  routes: Routes;
  instances: Instances;
  clock: Clock;
  random: Random;
  /** How a HAProxy of that image is started; null: this host's own. */
  launch: (image: string | null) => Launch;
  signal: AbortSignal;
  log: (line: string) => void;
}>;

export type RunningRouter = Pick<StartedRouter, "router" | "pid" | "orderly">;

/** How often a router is looked at: while it is dead, requests are lost. */
const LOOK_EVERY = 100;
/** How long who does not answer may take to be gone, in milliseconds. */
const DYING = 2_000;

/** The processes of the routers: each scope's is started when it is needed, and again when it has died. */
export class RunningRouters {
  readonly #options: RoutersOptions;
  readonly #running = new Map<string, RunningRouter>();
  readonly #starting = new Map<string, Promise<RunningRouter>>();

  constructor(options: RoutersOptions) {
    this.#options = options;
  }

  /** The one that runs, or a new one. */
  ensure(scope: Scope, entrance: Entrance): Promise<RunningRouter> {
    const key = keyOf(scope);
    const running = this.#running.get(key);
    if (running !== undefined && alive(running)) return Promise.resolve(running);
    const starting = this.#starting.get(key);
    if (starting !== undefined) return starting;
    const start = this.#start(scope, entrance).finally(() => this.#starting.delete(key));
    this.#starting.set(key, start);
    return start;
  }

  /** After it did not answer. Who is killed stops answering a moment before there is no such process any more. */
  async startedAgain(scope: Scope, entrance: Entrance): Promise<RunningRouter> {
    const { clock, signal } = this.#options;
    const until = clock.monotonic() + DYING;
    while (alive(this.#running.get(keyOf(scope))) && clock.monotonic() < until) await clock.sleep(5, signal);
    return await this.ensure(scope, entrance);
  }

  /** Starts what died again, until the agent ends. */
  async keepAlive(): Promise<void> {
    const { scopes, clock, signal, log } = this.#options;
    const waits = new Map<string, number>();
    for (;;) {
      for (const scope of scopes.all()) {
        const key = keyOf(scope);
        const entrance = scopes.get(scope)?.entrance ?? null;
        if (entrance === null || this.#starting.has(key) || clock.monotonic() < (waits.get(key) ?? 0)) continue;
        if (alive(this.#running.get(key))) continue;
        this.ensure(scope, entrance).catch((error) => {
          waits.set(key, clock.monotonic() + 2_000);
          if (!signal.aborted) log(`the router of ${scope.fleet}/${scope.environment}: ${(error as Error).message}`);
        });
      }
      await clock.sleep(LOOK_EVERY, signal);
    }
  }

  /** Tells it to end, and waits until it has. */
  async end(scope: Scope, running: RunningRouter): Promise<void> {
    const { clock, signal } = this.#options;
    this.#running.delete(keyOf(scope));
    const pid = running.pid();
    sendSignal(pid, running.orderly);
    const until = clock.monotonic() + 3_000;
    while (processStamp(pid) !== null) {
      if (clock.monotonic() > until) sendSignal(pid, "SIGKILL");
      await clock.sleep(5, signal);
    }
  }

  async #start(scope: Scope, entrance: Entrance): Promise<RunningRouter> {
    const { scopes } = this.#options;
    const table = routerTable(this.#options, scope, entrance.listen);
    const { log, signal, entry, clock, random, launch } = this.#options;
    const folder = join(this.#options.folder, folderName(scope.fleet, scope.environment));
    makeFolder(folder);
    const started = await startKind(entrance.router, { folder, table, log, signal, clock, random, entry, launch });
    if (started.table.epoch > table.epoch || !sameTable(started.table, table)) await this.#correct(scope, started);
    const { router, pid, orderly } = started;
    const running = { router, pid, orderly };
    if (scopes.get(scope) !== null) this.#running.set(keyOf(scope), running);
    return running;
  }

  /** The router is ahead of what the agent knows (its record was lost or restored): count on from there, with our routes. */
  async #correct(scope: Scope, started: Readonly<{ router: Router; table: RouterTable }>): Promise<void> {
    const { scopes, signal } = this.#options;
    const known = scopes.get(scope);
    if (known === null) return;
    const { entrance } = known;
    const epoch = Math.max(known.epoch, started.table.epoch);
    // Its first routes come in a moment, and count on from there.
    if (entrance === null) return scopes.setRouter(scope, { epoch, entrance });
    scopes.setRouter(scope, { epoch: epoch + 1, entrance });
    const table = routerTable(this.#options, scope, started.table.listen);
    await started.router.apply(table, signal);
  }
}

const alive = (running: RunningRouter | undefined): boolean =>
  running !== undefined && processStamp(running.pid()) !== null;
