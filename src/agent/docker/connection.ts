import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { Engine } from "./engine.ts";
import { type EngineEvent, watchEngine } from "./watch-engine.ts";

export type ConnectionOptions = Readonly<{
  /** Whose containers' events are told. */
  agent: string;
  socket: () => string;
  clock: Clock;
  /** Aborted when the agent ends. */
  signal: AbortSignal;
  log: (line: string) => void;
  /** Looks through everything; only then is the engine handed out. */
  connected: (engine: Engine) => Promise<void>;
  heard: (engine: Engine, event: EngineEvent) => Promise<void>;
  lost: () => void;
}>;

/** How long a caller waits for an engine that is away, and how long between two looks for it, in milliseconds. */
const PATIENCE = 5_000;
const RECONNECT = 250;

/** The way to the engine, taken anew whenever it is lost, until the agent ends. */
export class Connection {
  readonly #options: ConnectionOptions;
  #unreachable: unknown = null;
  /** Resolves when the engine was looked through; a new one each time that it was lost. */
  #known = Promise.withResolvers<Engine>();
  #watching = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    void this.#follow();
  }

  /** The engine, once it was looked through. Faults: `engine-unreachable` when it stays away. */
  async engine(): Promise<Engine> {
    this.watch();
    const { clock, signal } = this.#options;
    const called = new AbortController();
    const late = clock.sleep(PATIENCE, AbortSignal.any([signal, called.signal])).then((): never => {
      throw this.#unreachable ?? new StepFault({ code: "engine-unreachable", message: "The engine does not answer" });
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([this.#known.promise, late]);
    } finally {
      called.abort();
    }
  }

  /** Until the agent ends: connect, look through everything, follow the events; again when the engine was lost. */
  async #follow(): Promise<void> {
    const { clock, signal, log, agent, socket, connected, heard, lost } = this.#options;
    let told = "";
    let engine: Engine | null = null;
    while (!signal.aborted) {
      try {
        const opened = await Engine.open(socket());
        engine = opened;
        told = "";
        await watchEngine(opened, {
          agent,
          signal,
          connected: async () => {
            await connected(opened);
            this.#known.resolve(opened);
          },
          event: (event) => heard(opened, event),
        });
      } catch (error) {
        if (signal.aborted) break;
        this.#unreachable = error;
        const message = error instanceof StepFault ? `${error.message} ${error.evidence}` : String(error);
        if (message !== told) log(`the engine: ${message}`);
        told = message;
      }
      engine?.close();
      engine = null;
      lost();
      this.#known = Promise.withResolvers<Engine>();
      await clock.sleep(RECONNECT, signal).catch(() => undefined);
    }
    engine?.close();
  }
}
