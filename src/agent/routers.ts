import { join } from "node:path";
import { StepFault } from "../fault.ts";
import type { Clock } from "../io/clock.ts";
import { makeFolder } from "../io/make-folder.ts";
import { processStamp, sendSignal } from "../io/process.ts";
import type { Random } from "../io/random.ts";
import type { Launch } from "../router/haproxy/launch.ts";
import type { BackendStats, Router, RouterState, RouterTable } from "../router/router.ts";
import type { StartedRouter } from "../router/start-options.ts";
import type { Entrance } from "./entrance.ts";
import { findRouter } from "./find-router.ts";
import { folderName } from "./names.ts";
import type { Scope } from "./protocol.ts";
import { refuseOtherRouter } from "./refuse-other-router.ts";
import { confirm, routerTable, sameTable } from "./router-table.ts";
import { startKind } from "./start-kind.ts";
import type { Instances } from "./state/instances.ts";
import type { RouteRecord, Routes } from "./state/routes.ts";
import type { Claimed, Scopes } from "./state/scopes.ts";
import { tryRouter } from "./try-router.ts";

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

type Running = Pick<StartedRouter, "router" | "pid" | "orderly">;

/**
 * `entrance` is null: where it listens already. `also` happens in the same transaction as the routes are written down; so does `counted`, with what
 * the router has counted until then.
 */
type Change = Readonly<{
  entrance: Entrance | null;
  routes: (now: readonly RouteRecord[]) => readonly RouteRecord[];
  also?: () => void;
  counted?: (stats: readonly BackendStats[]) => void;
}>;

/** How often a router is looked at: while it is dead, requests are lost. */
const LOOK_EVERY = 100;
/** How long who does not answer may take to be gone, in milliseconds. */
const DYING = 2_000;

/** The routers of this host, one for each scope that has routes; each a process of its own. */
export class Routers {
  readonly #options: RoutersOptions;
  readonly #running = new Map<string, Running>();
  readonly #starting = new Map<string, Promise<Running>>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: RoutersOptions) {
    this.#options = options;
  }

  /** Changes the routes of a scope, one change after the other; resolves once the router itself says that it follows them. */
  change(claimed: Claimed, to: Change): Promise<void> {
    const key = keyOf(claimed.scope);
    const turn = (this.#turns.get(key) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#change(claimed, to));
    this.#turns.set(key, turn);
    return turn;
  }

  /** As `tryRouter`. */
  try(scope: Scope, entrance: Entrance): Promise<void> {
    return tryRouter(this.#options, { scope, entrance });
  }

  /** As `findRouter`. */
  find(scope: Scope, entrance: Entrance): Promise<void> {
    return findRouter(this.#options, { scope, entrance });
  }

  /** Resolves once every change that was begun by now is over, whatever became of it. */
  async settled(scope: Scope): Promise<void> {
    await this.#turns.get(keyOf(scope))?.catch(() => undefined);
  }

  async #change(claimed: Claimed, to: Change): Promise<void> {
    const { scopes, routes } = this.#options;
    const { scope } = claimed;
    scopes.check(claimed);
    const known = scopes.get(scope)?.entrance ?? null;
    const before = routes.of(scope);
    // What is refused must not have started a router first.
    const after = to.routes(before);
    const entrance = to.entrance ?? known;
    if (known !== null && entrance !== null) refuseOtherRouter(scope, known, entrance);
    // Without a router, taking away what was never routed needs none: its port may be the very thing that is wrong.
    if (entrance === null || (known === null && before.length === 0 && after.length === 0)) {
      scopes.change(claimed, () => to.also?.());
      return;
    }
    const running = await this.#ensure(scope, entrance);
    try {
      await this.#apply(claimed, { ...to, router: running.router, entrance });
    } catch (error) {
      // Its first routes were refused in the end: nobody would look after it.
      if (scopes.get(scope)?.entrance === null) await this.#end(scope, running);
      throw error;
    }
  }

  async #apply(
    claimed: Claimed,
    to: Omit<Change, "entrance"> & Readonly<{ router: Router; entrance: Entrance }>,
  ): Promise<void> {
    const { scopes, routes, signal } = this.#options;
    const { scope } = claimed;
    const { router, entrance } = to;
    // It forgets who is not routed to any more. Statistics are no reason to refuse a change: it may say nothing.
    const stats =
      to.counted === undefined
        ? null
        : await router.state(signal).then(
            (said) => said.stats,
            () => null,
          );
    const before = { routes: routes.of(scope), entrance: scopes.get(scope)?.entrance ?? null };
    // From the comparison of the fence to the router's being told: one tick.
    const table = scopes.change(claimed, () => {
      routes.replace(scope, to.routes(before.routes));
      scopes.setRouter(scope, { epoch: (scopes.get(scope)?.epoch ?? 0) + 1, entrance });
      to.also?.();
      if (stats !== null) to.counted?.(stats);
      return this.#table(scope, entrance);
    });
    let said: RouterState | null = null;
    try {
      said = await router.apply(table, signal);
    } catch (error) {
      if (refused(error)) this.#takeBack(scope, before, table.epoch);
      // The router died under it: the one started next reads what was just written down.
      if (!unreachable(error)) throw error;
      await this.#startedAgain(scope, entrance);
    }
    confirm(said ?? (await this.#state(scope, entrance)), table);
  }

  /** What the router itself says; null when this scope has none. */
  async state(scope: Scope): Promise<RouterState | null> {
    const entrance = this.#options.scopes.get(scope)?.entrance ?? null;
    return entrance === null ? null : await this.#state(scope, entrance);
  }

  async #state(scope: Scope, entrance: Entrance): Promise<RouterState> {
    const { router } = await this.#ensure(scope, entrance);
    try {
      return await router.state(this.#options.signal);
    } catch (error) {
      if (!unreachable(error)) throw error;
      return await (await this.#startedAgain(scope, entrance)).router.state(this.#options.signal);
    }
  }

  /** As `Router.drained`; a scope without a router, or an instance that it does not know, has nothing in flight. */
  async drained(scope: Scope, instance: string, limit: number): Promise<boolean> {
    const entrance = this.#options.scopes.get(scope)?.entrance ?? null;
    if (entrance === null) return true;
    const { router } = await this.#ensure(scope, entrance);
    try {
      return await router.drained(instance, limit, this.#options.signal);
    } catch (error) {
      // A router that died took its requests with it.
      if (unreachable(error)) return true;
      throw error;
    }
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
        this.#ensure(scope, entrance).catch((error) => {
          waits.set(key, clock.monotonic() + 2_000);
          if (!signal.aborted) log(`the router of ${scope.fleet}/${scope.environment}: ${(error as Error).message}`);
        });
      }
      await clock.sleep(LOOK_EVERY, signal);
    }
  }

  /** Ends the router of a scope. */
  async stop(claimed: Claimed): Promise<void> {
    const { scope } = claimed;
    const { scopes, routes } = this.#options;
    const known = scopes.get(scope);
    if (known === null || known.entrance === null) return;
    const running = await this.#ensure(scope, known.entrance);
    scopes.change(claimed, () => {
      routes.replace(scope, []);
      scopes.setRouter(scope, { epoch: known.epoch + 1, entrance: null });
    });
    await this.#end(scope, running);
  }

  async #end(scope: Scope, running: Running): Promise<void> {
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

  /** After it did not answer. Who is killed stops answering a moment before there is no such process any more. */
  async #startedAgain(scope: Scope, entrance: Entrance): Promise<Running> {
    const { clock, signal } = this.#options;
    const until = clock.monotonic() + DYING;
    while (alive(this.#running.get(keyOf(scope))) && clock.monotonic() < until) await clock.sleep(5, signal);
    return await this.#ensure(scope, entrance);
  }

  #ensure(scope: Scope, entrance: Entrance): Promise<Running> {
    const key = keyOf(scope);
    const running = this.#running.get(key);
    if (running !== undefined && alive(running)) return Promise.resolve(running);
    const starting = this.#starting.get(key);
    if (starting !== undefined) return starting;
    const start = this.#start(scope, entrance).finally(() => this.#starting.delete(key));
    this.#starting.set(key, start);
    return start;
  }

  async #start(scope: Scope, entrance: Entrance): Promise<Running> {
    const { scopes } = this.#options;
    const table = this.#table(scope, entrance);
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
    const table = this.#table(scope, { ...entrance, listen: started.table.listen });
    await started.router.apply(table, signal);
  }

  #takeBack(
    scope: Scope,
    before: Readonly<{ routes: readonly RouteRecord[]; entrance: Entrance | null }>,
    epoch: number,
  ): void {
    const { scopes, routes } = this.#options;
    if (scopes.get(scope)?.epoch !== epoch) return;
    scopes.atomically(() => {
      routes.replace(scope, before.routes);
      scopes.setRouter(scope, { epoch, entrance: before.entrance });
    });
  }

  #table = (scope: Scope, { listen }: Entrance): RouterTable => routerTable(this.#options, scope, listen);
}

const keyOf = (scope: Scope): string => JSON.stringify([scope.fleet, scope.environment]);

const alive = (running: Running | undefined): boolean => running !== undefined && processStamp(running.pid()) !== null;

const unreachable = (error: unknown): boolean => error instanceof StepFault && error.code === "router-unreachable";

const refused = (error: unknown): boolean =>
  error instanceof StepFault && ["port-taken", "routes-refused"].includes(error.code);
