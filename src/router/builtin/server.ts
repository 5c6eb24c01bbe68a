import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import type { Random } from "../../io/random.ts";
import { STALE_EPOCH } from "../faults.ts";
import type { RouterTable } from "../router.ts";
import { ambiguity, ROUTES_REFUSED } from "../table.ts";
import type { Backend } from "./backend.ts";
import { destinationOf } from "./destination.ts";
import { Exchange } from "./exchange.ts";
import { type Handlers, listen } from "./listener.ts";
import { refuse, refuseUpgrade } from "./refusal.ts";
import { RequestIds } from "./request-ids.ts";
import { Switchboard } from "./switchboard.ts";
import { openTunnel } from "./tunnel.ts";

export type ServerParts = Readonly<{
  table: RouterTable;
  /** Puts the routes on disk. They hold only after it has resolved. */
  save: (table: RouterTable) => Promise<void>;
  clock: Clock;
  random: Random;
  log: (line: string) => void;
}>;

/** The routes, the listener in front of them, and how both change while requests pass. */
export class RouterServer {
  readonly switchboard: Switchboard;
  readonly #parts: ServerParts;
  readonly #ids: RequestIds;
  readonly #troubles = new WeakMap<Backend, number>();
  #listener: Server | null = null;
  #changes: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#ids = new RequestIds(parts.random);
    this.switchboard = new Switchboard(parts.table);
  }

  async open(): Promise<void> {
    this.#listener = await listen(this.switchboard.table.listen, this.#handlers);
  }

  /** One change after the other; each is whole or not at all. */
  apply(table: RouterTable): Promise<void> {
    const change = this.#changes.then(() => this.#apply(table));
    this.#changes = change.catch(() => {});
    return change;
  }

  async #apply(table: RouterTable): Promise<void> {
    const now = this.switchboard.table;
    if (isDeepStrictEqual(table, now)) return;
    if (table.epoch <= now.epoch) {
      throw new StepFault({
        code: STALE_EPOCH,
        message: `Routes of epoch ${table.epoch} are refused: those of epoch ${now.epoch} hold`,
      });
    }
    const clash = ambiguity(table);
    if (clash !== null) throw new StepFault({ code: ROUTES_REFUSED, message: `The routes are refused: ${clash}` });
    const moved = table.listen.host !== now.listen.host || table.listen.port !== now.listen.port;
    const opened = moved ? await listen(table.listen, this.#handlers) : null;
    try {
      await this.#parts.save(table);
    } catch (error) {
      opened?.close();
      throw new StepFault({
        code: "routes-not-saved",
        message: `The routes of epoch ${table.epoch} could not be written, those of epoch ${now.epoch} hold`,
        evidence: error instanceof Error ? error.message : String(error),
        retry: "safe",
      });
    }
    this.switchboard.apply(table);
    if (opened !== null) {
      this.#listener?.close();
      this.#listener?.closeIdleConnections();
      this.#listener = opened;
    }
    this.#parts.log(`epoch ${table.epoch} holds`);
  }

  /** Takes no new connection, lets what is in flight finish for `limit` milliseconds, then cuts what is left. */
  async close(limit: number): Promise<void> {
    this.#stopping = true;
    const listener = this.#listener;
    if (listener === null) return;
    const finished = new Promise<void>((resolve) => listener.close(() => resolve()));
    listener.closeIdleConnections();
    // These never finish by themselves.
    this.switchboard.closeTunnels();
    const over = new AbortController();
    void this.#dismissIdle(listener, over.signal);
    const late = this.#parts.clock.sleep(limit, over.signal).then(
      () => listener.closeAllConnections(),
      () => {},
    );
    await Promise.race([Promise.all([finished, this.#idle()]), late]);
    over.abort();
    await this.switchboard.close();
  }

  /** A connection whose last answer began before the end came would be kept for another request. */
  async #dismissIdle(listener: Server, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      listener.closeIdleConnections();
      await this.#parts.clock.sleep(50, signal).catch(() => {});
    }
  }

  async #idle(): Promise<void> {
    const busy = this.switchboard.stats().map(({ instance }) => this.switchboard.backends(instance));
    await Promise.all(busy.flat().map((backend) => new Promise<void>((resolve) => backend.whenIdle(resolve))));
  }

  #handlers: Handlers = {
    onRequest: (request, response) => this.#onRequest(request, response),
    onUpgrade: (request, client, first) => {
      client.on("error", () => {});
      const destination = destinationOf(request, this.#ids);
      if (destination === null) {
        refuseUpgrade(client, { kind: "bad-request", why: "This is no path" }, this.#ids.next());
        return;
      }
      const service = this.switchboard.service(destination);
      if (service === null) {
        refuseUpgrade(client, { kind: "no-route", path: destination.path }, destination.requestId);
        return;
      }
      openTunnel({
        request,
        client,
        first,
        destination,
        service,
        switchboard: this.switchboard,
        onTrouble: this.#onTrouble,
      });
    },
  };

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    request.on("error", () => {});
    response.on("error", () => {});
    const destination = destinationOf(request, this.#ids);
    if (destination === null) {
      refuse(response, { kind: "bad-request", why: "This is no path" }, this.#ids.next());
      return;
    }
    const service = this.switchboard.service(destination);
    if (service === null) {
      refuse(response, { kind: "no-route", path: destination.path }, destination.requestId);
      return;
    }
    if (request.headers.expect !== undefined) response.writeContinue();
    const { switchboard } = this;
    new Exchange({
      request,
      response,
      destination,
      service,
      switchboard,
      onTrouble: this.#onTrouble,
      isLast: () => this.#stopping,
      now: this.#parts.clock.monotonic,
    }).start();
  }

  /** At most a line each ten seconds and backend: a dead one under load must not fill the disk. */
  #onTrouble = (backend: Backend, error: Error): void => {
    const now = this.#parts.clock.monotonic();
    const last = this.#troubles.get(backend);
    if (last !== undefined && now - last < 10_000) return;
    this.#troubles.set(backend, now);
    this.#parts.log(`${backend.instance} at ${backend.host}:${backend.port}: ${error.message}`);
  };
}
