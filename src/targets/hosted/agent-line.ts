import type { z } from "zod";
import type { Method, Stream } from "../../agent/method.ts";
import type { Methods } from "../../agent/methods.ts";
import { StepFault } from "../../fault.ts";
import type { AgentConnection, Host } from "../../hosts/host.ts";
import type { Clock } from "../../io/clock.ts";

type Named<K extends string> = { [N in keyof Methods as Methods[N]["kind"] extends K ? N : never]: Methods[N] };
type Calls = Named<"call">;
type Streams = Named<"stream">;
type ParamsOf<V extends { params: z.ZodType }> = z.infer<V["params"]>;
type ResultOf<V> = V extends Method<infer _, infer R> ? R : never;
type ItemOf<V> = V extends Stream<infer _, infer I> ? I : never;

/** How long an agent that died may take to come back. */
const PATIENCE = 20_000;
const PAUSE = 50;

/**
 * A host's agent, as this target speaks to it. Every method may be repeated (operation ids, and ends that are already
 * reached, see to that), so a call whose line was cut is sent again, under the same fence, to the agent that comes next.
 */
export class AgentLine {
  readonly host: Host;
  readonly #clock: Clock;
  #connection: Promise<AgentConnection> | null = null;

  constructor(host: Host, clock: Clock) {
    this.host = host;
    this.#clock = clock;
  }

  async call<N extends keyof Calls>(
    name: N,
    params: ParamsOf<Calls[N]>,
    signal: AbortSignal,
  ): Promise<Awaited<ResultOf<Calls[N]>>> {
    const until = this.#clock.monotonic() + PATIENCE;
    for (;;) {
      const connecting = this.#connect();
      try {
        const connection = await unlessAborted(connecting, signal);
        return (await connection.call(name, params, signal)) as Awaited<ResultOf<Calls[N]>>;
      } catch (error) {
        if (!cut(error)) throw error;
        if (this.#connection === connecting) this.#connection = null;
        if (signal.aborted || this.#clock.monotonic() > until) throw error;
        await this.#clock.sleep(PAUSE, signal);
      }
    }
  }

  async *stream<N extends keyof Streams>(
    name: N,
    params: ParamsOf<Streams[N]>,
    signal: AbortSignal,
  ): AsyncGenerator<ItemOf<Streams[N]>> {
    // Its connection may be one that was cut since: a call finds that out and makes a new one.
    await this.call("hello", {}, signal);
    const connection = await unlessAborted(this.#connect(), signal);
    for await (const item of connection.stream(name, params, signal)) yield item as ItemOf<Streams[N]>;
  }

  /** Shared by all calls: one that is aborted must not take the others' connection down with it. */
  #connect(): Promise<AgentConnection> {
    if (this.#connection !== null) return this.#connection;
    const connecting = this.host.connect(new AbortController().signal);
    connecting.catch(() => {
      if (this.#connection === connecting) this.#connection = null;
    });
    this.#connection = connecting;
    return connecting;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const cut = (error: unknown): boolean => error instanceof StepFault && error.code === "agent-unreachable";
