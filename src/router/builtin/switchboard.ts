import { type Matcher, matcherOf } from "../match.ts";
import type { BackendStats, RouterTable } from "../router.ts";
import { Backend } from "./backend.ts";
import { choose } from "./choose.ts";

/** The routes that hold now, and the backends behind them with those that only finish what they have. */
export class Switchboard {
  #table: RouterTable;
  #matcher: Matcher;
  #services: ReadonlyMap<string, readonly Backend[]>;
  readonly #draining = new Set<Backend>();

  constructor(table: RouterTable) {
    this.#table = table;
    this.#matcher = matcherOf(table);
    this.#services = new Map();
    this.apply(table);
  }

  get table(): RouterTable {
    return this.#table;
  }

  /** In one tick: a request is chosen for by the old routes or by the new, never by a mixture. */
  apply(table: RouterTable): void {
    const before = new Set([...[...this.#services.values()].flat(), ...this.#draining]);
    const services = new Map<string, readonly Backend[]>();
    for (const { service, backends } of table.services) {
      services.set(
        service,
        backends.map((wanted) => {
          const found = [...before].find((backend) => backend.is(wanted));
          if (found === undefined) return new Backend(wanted);
          before.delete(found);
          this.#draining.delete(found);
          if (found.weight !== wanted.weight) found.current = 0;
          found.weight = wanted.weight;
          return found;
        }),
      );
    }
    this.#table = table;
    this.#matcher = matcherOf(table);
    this.#services = services;
    for (const removed of before) this.#drain(removed);
  }

  #drain(removed: Backend): void {
    if (this.#draining.has(removed)) return;
    removed.weight = 0;
    this.#draining.add(removed);
    removed.whenIdle(() => {
      // It may have been taken back into the table while it drained.
      if (!this.#draining.delete(removed)) return;
      void removed.pool.close();
    });
  }

  service(request: Readonly<{ host: string; path: string }>): string | null {
    return this.#matcher(request);
  }

  /** Another than those tried already; null when there is none. */
  choose(service: string, tried: ReadonlySet<Backend>): Backend | null {
    const candidates = this.#services.get(service) ?? [];
    return choose(tried.size === 0 ? candidates : candidates.filter((backend) => !tried.has(backend)));
  }

  backends(instance: string): readonly Backend[] {
    return this.#all().filter((backend) => backend.instance === instance);
  }

  stats(): readonly BackendStats[] {
    return this.#all().map((backend) => backend.stats);
  }

  #all(): readonly Backend[] {
    return [...[...this.#services.values()].flat(), ...this.#draining];
  }

  closeTunnels(): void {
    for (const backend of this.#all()) for (const close of [...backend.tunnels]) close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((backend) => backend.pool.destroy()));
  }
}
