import type { Duplex } from "node:stream";
import { linesOf } from "../agent/lines.ts";
import type { AgentReply } from "../agent/protocol.ts";
import { StepFault } from "../fault.ts";
import type { AgentConnection } from "./host.ts";

/** A way of bytes to an agent. `ref` and `unref` where it can keep this process from ending. */
export type Line = Duplex & { ref?(): unknown; unref?(): unknown };

type Waiting = Readonly<{ resolve(result: unknown): void; reject(error: unknown): void }>;

/** Speaks the agent's protocol over one line, and over a further one for each stream, so that a slow reader holds up nobody. */
export class LineConnection implements AgentConnection {
  readonly #host: string;
  readonly #line: Line;
  readonly #open: (signal: AbortSignal) => Promise<Line>;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #cut: StepFault | null = null;

  constructor(options: Readonly<{ host: string; line: Line; open: (signal: AbortSignal) => Promise<Line> }>) {
    this.#host = options.host;
    this.#line = options.line;
    this.#open = options.open;
    this.#line.on("error", () => undefined);
    this.#line.unref?.();
    void this.#listen();
  }

  /** False once the line was cut: a new connection is needed. */
  get alive(): boolean {
    return this.#cut === null;
  }

  call(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.#cut !== null) {
        reject(signal.aborted ? signal.reason : this.#cut);
        return;
      }
      const id = this.#next++;
      const settle = () => {
        this.#waiting.delete(id);
        signal.removeEventListener("abort", onAbort);
        if (this.#waiting.size === 0) this.#line.unref?.();
      };
      const onAbort = () => {
        settle();
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#line.ref?.();
      this.#waiting.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#line.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  async *stream(method: string, params: unknown, signal: AbortSignal): AsyncGenerator<unknown> {
    const line = await this.#open(signal);
    const onAbort = () => line.destroy();
    line.on("error", () => undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal.aborted) return;
      line.write(`${JSON.stringify({ id: 1, method, params })}\n`);
      for await (const text of linesOf(line)) {
        const reply = parse(text);
        if ("fault" in reply) throw new StepFault(reply.fault);
        if ("result" in reply) return;
        yield reply.item;
      }
      if (!signal.aborted) throw this.#unreachable("the line was cut in the middle of a stream");
    } catch (error) {
      // A destroyed line ends its reader with an error of its own; being told to stop is none.
      if (!signal.aborted) throw error instanceof StepFault ? error : this.#unreachable((error as Error).message);
    } finally {
      signal.removeEventListener("abort", onAbort);
      line.destroy();
    }
  }

  close(): void {
    this.#line.destroy();
  }

  async #listen(): Promise<void> {
    let why = "the line was closed";
    try {
      for await (const text of linesOf(this.#line)) this.#settle(parse(text));
    } catch (error) {
      why = (error as Error).message;
    }
    const cut = this.#unreachable(why);
    this.#cut = cut;
    this.#line.destroy();
    for (const waiting of [...this.#waiting.values()]) waiting.reject(cut);
  }

  #settle(reply: AgentReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ("fault" in reply) waiting.reject(new StepFault(reply.fault));
    else if ("result" in reply) waiting.resolve(reply.result);
  }

  #unreachable(evidence: string): StepFault {
    return new StepFault({
      code: AGENT_UNREACHABLE,
      message: `The agent of ${this.#host} does not answer`,
      evidence,
      retry: "unknown",
    });
  }
}

/** The line to the agent is cut, or it does not start: what was asked for may or may not have happened. */
export const AGENT_UNREACHABLE = "agent-unreachable";

const parse = (text: string): AgentReply => JSON.parse(text) as AgentReply;
