import { isDeepStrictEqual } from "node:util";
import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { ROUTER_UNREACHABLE, STALE_EPOCH } from "../faults.ts";
import type { Router, RouterState, RouterTable } from "../router.ts";
import { type Actual, statsOf, tableOf } from "./actual.ts";
import { type Change, changeOf } from "./change.ts";
import { tell } from "./cli.ts";
import { MAP } from "./config.ts";
import { POOLS_KEY } from "./entry.ts";
import { counted } from "./map-text.ts";
import { placementOf, spareFor } from "./placement.ts";
import { actualOf, entriesOf, MAP_QUESTION, poolsInUse, questionsFor } from "./read.ts";
import { refuseTable } from "./refuse-table.ts";
import type { Saved } from "./saved.ts";

/** Where a HAProxy is reached. */
export type Running = Readonly<{ pid: number; socket: string }>;

export type HaproxyParts = Readonly<{
  running: Running;
  /** Puts on disk with what HAProxy is started the next time, before it is told. Faults: `routes-not-saved`. */
  save: (saved: Saved) => Promise<void>;
  /** Starts a HAProxy with this table that takes over from the one that runs, for what cannot be changed in a running one. */
  takeOver: (table: RouterTable, running: Running, signal: AbortSignal) => Promise<Running>;
  /** HAProxy processes that others took over from and that still finish what they have. */
  predecessors: (pid: number) => Promise<number>;
  clock: Clock;
  log: (line: string) => void;
}>;

/** How often HAProxy is asked whether the last request of a server is over, in milliseconds. */
const LOOK_EVERY = 20;
/** How often it is asked until what answers is taken for something else. */
const TRIES = 3;

/** Drives a running HAProxy by its control socket. What it says is always HAProxy's own word, read from it anew. */
export class HaproxyRouter implements Router {
  readonly #parts: HaproxyParts;
  #running: Running;
  #changes: Promise<unknown> = Promise.resolve();

  constructor(parts: HaproxyParts) {
    this.#parts = parts;
    this.#running = parts.running;
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** One change after the other. Faults: `stale-epoch`, `routes-refused`, `routes-not-saved`, `port-taken`, `routes-not-applied`, `router-unreachable`. */
  apply(table: RouterTable, signal: AbortSignal): Promise<RouterState> {
    const change = this.#changes.then(() => this.#apply(table, signal));
    this.#changes = change.catch(() => {});
    return change;
  }

  async #apply(table: RouterTable, signal: AbortSignal): Promise<RouterState> {
    const actual = await this.#actual(signal, table);
    const now = tableOf(actual);
    if (isDeepStrictEqual(now, table)) return this.#stateOf(actual);
    // A change that was cut off in its middle left the epoch of the one before: the same again completes it.
    if (table.epoch <= now.epoch) {
      throw new StepFault({
        code: STALE_EPOCH,
        message: `Routes of epoch ${table.epoch} are refused: those of epoch ${now.epoch} hold`,
      });
    }
    refuseTable(table);
    const placements = placementOf(actual, table);
    if (placements === null || !isDeepStrictEqual(table.listen, now.listen)) {
      this.#running = await this.#parts.takeOver(table, this.#running, signal);
    } else {
      await this.#parts.save({ table, placements, pools: actual.size });
      await this.#carryOut(changeOf(actual, placements, table), table.epoch, signal);
    }
    const state = await this.#confirmed(table, signal);
    this.#parts.log(`epoch ${table.epoch} holds`);
    return state;
  }

  /** As few lines as may be: in a line, HAProxy does one thing after the other. */
  async #carryOut({ bringIn, entries, takeOut }: Change, epoch: number, signal: AbortSignal): Promise<void> {
    const { socket } = this.#running;
    const version = /New version created: (\d+)/.exec(await tell(socket, [`prepare map ${MAP}`], signal))?.[1];
    const routes = [...counted(entries)].map(([key, value]) => `add map @${version} ${MAP} ${key} ${value}`);
    const commit = `commit map @${version} ${MAP}`;
    await tell(socket, [...bringIn, ...routes, commit, ...takeOut, `set map ${MAP} epoch ${epoch}`], signal);
  }

  async #confirmed(table: RouterTable, signal: AbortSignal): Promise<RouterState> {
    const state = await this.state(signal);
    const said = state.table;
    if (isDeepStrictEqual(said, table)) return state;
    throw new StepFault({
      code: "routes-not-applied",
      message: `HAProxy (pid ${this.pid}) was told epoch ${table.epoch} and does not follow it`,
      evidence:
        `asked for ${JSON.stringify(table.services)}, follows (epoch ${said.epoch}) ${JSON.stringify(said.services)}`.slice(
          0,
          2_000,
        ),
      retry: "safe",
    });
  }

  async state(signal: AbortSignal): Promise<RouterState> {
    return this.#stateOf(await this.#actual(signal));
  }

  #stateOf = (actual: Actual): RouterState => ({ pid: this.pid, table: tableOf(actual), stats: statsOf(actual) });

  /**
   * Nothing is cut at the limit: whoever waits here tells the instance to end next, which closes what it has left in its own way,
   * as HAProxy, which cannot speak WebSocket, could not.
   */
  async drained(instance: string, limit: number, signal: AbortSignal): Promise<boolean> {
    const { clock, predecessors } = this.#parts;
    const until = clock.monotonic() + limit;
    for (;;) {
      const stats = statsOf(await this.#actual(signal)).filter((one) => one.instance === instance);
      // What a predecessor still carries may be for this instance, too: it cannot be asked any more.
      if (stats.every(({ inFlight }) => inFlight === 0) && (await predecessors(this.pid)) === 0) return true;
      const left = until - clock.monotonic();
      if (left <= 0) return false;
      await clock.sleep(Math.min(LOOK_EVERY, left), signal);
    }
  }

  /** `next`: a table that may need pools which nobody has yet. */
  async #actual(signal: AbortSignal, next: RouterTable | null = null): Promise<Actual> {
    const { socket } = this.#running;
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const entries = entriesOf(await tell(socket, [MAP_QUESTION], signal));
      if (entries !== null) {
        const inUse = poolsInUse(entries);
        const spare = next === null ? [] : spareFor(next, inUse, Number(entries.get(POOLS_KEY)));
        const actual = actualOf(entries, await tell(socket, questionsFor([...inUse, ...spare]), signal));
        if (actual !== null) return actual;
      }
      // A map that is replaced while it is told may be told by half.
      await this.#parts.clock.sleep(LOOK_EVERY, signal);
    }
    throw new StepFault({
      code: ROUTER_UNREACHABLE,
      message: `What answers at ${socket} is no HAProxy of ours, or was cut short`,
      retry: "safe",
    });
  }
}
