import { StepFault } from "../fault.ts";
import type { BackendStats, Router, RouterState, RouterTable } from "../router/router.ts";
import type { Entrance } from "./entrance.ts";
import { findRouter } from "./find-router.ts";
import { keyOf, type Scope } from "./protocol.ts";
import { refuseOtherRouter } from "./refuse-other-router.ts";
import { confirm, routerTable } from "./router-table.ts";
import { type RoutersOptions, RunningRouters } from "./running-routers.ts";
import type { RouteRecord } from "./state/routes.ts";
import type { Claimed } from "./state/scopes.ts";
import { tryRouter } from "./try-router.ts";

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

/** The routers of this host, one for each scope that has routes; each a process of its own. */
export class Routers {
  readonly #options: RoutersOptions;
  readonly #running: RunningRouters;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: RoutersOptions) {
    this.#options = options;
    this.#running = new RunningRouters(options);
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
    const running = await this.#running.ensure(scope, entrance);
    try {
      await this.#apply(claimed, { ...to, router: running.router, entrance });
    } catch (error) {
      // Its first routes were refused in the end: nobody would look after it.
      if (scopes.get(scope)?.entrance === null) await this.#running.end(scope, running);
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
      await this.#running.startedAgain(scope, entrance);
    }
    confirm(said ?? (await this.#state(scope, entrance)), table);
  }

  /** What the router itself says; null when this scope has none. */
  async state(scope: Scope): Promise<RouterState | null> {
    const entrance = this.#options.scopes.get(scope)?.entrance ?? null;
    return entrance === null ? null : await this.#state(scope, entrance);
  }

  async #state(scope: Scope, entrance: Entrance): Promise<RouterState> {
    const { router } = await this.#running.ensure(scope, entrance);
    try {
      return await router.state(this.#options.signal);
    } catch (error) {
      if (!unreachable(error)) throw error;
      return await (await this.#running.startedAgain(scope, entrance)).router.state(this.#options.signal);
    }
  }

  /** As `Router.drained`; a scope without a router, or an instance that it does not know, has nothing in flight. */
  async drained(scope: Scope, instance: string, limit: number): Promise<boolean> {
    const entrance = this.#options.scopes.get(scope)?.entrance ?? null;
    if (entrance === null) return true;
    const { router } = await this.#running.ensure(scope, entrance);
    try {
      return await router.drained(instance, limit, this.#options.signal);
    } catch (error) {
      // A router that died took its requests with it.
      if (unreachable(error)) return true;
      throw error;
    }
  }

  /** Starts what died again, until the agent ends. */
  keepAlive(): Promise<void> {
    return this.#running.keepAlive();
  }

  /** Ends the router of a scope. */
  async stop(claimed: Claimed): Promise<void> {
    const { scope } = claimed;
    const { scopes, routes } = this.#options;
    const known = scopes.get(scope);
    if (known === null || known.entrance === null) return;
    const running = await this.#running.ensure(scope, known.entrance);
    scopes.change(claimed, () => {
      routes.replace(scope, []);
      scopes.setRouter(scope, { epoch: known.epoch + 1, entrance: null });
    });
    await this.#running.end(scope, running);
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

const unreachable = (error: unknown): boolean => error instanceof StepFault && error.code === "router-unreachable";

const refused = (error: unknown): boolean =>
  error instanceof StepFault && ["port-taken", "routes-refused"].includes(error.code);
