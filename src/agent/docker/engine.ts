import { text } from "node:stream/consumers";
import type { Dispatcher, Pool } from "undici";
import { StepFault } from "../../fault.ts";
import { Turns } from "./turns.ts";

export type EngineCall = Readonly<{
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Without the API's version. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON; bytes as a tar. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer's headers, and between two pieces of it; a minute when omitted, 0 for no limit. */
  timeout?: number;
  signal?: AbortSignal;
}>;

/** What the engine said: `message` is its own word where it refused. */
export type EngineAnswer = Readonly<{ status: number; body: unknown; message: string }>;

/** The newest API that this client was written against, and the oldest that has all it needs (Docker 19.03). */
const NEWEST = "1.47";
const OLDEST = "1.40";
const PATIENCE = 60_000;

export const ENGINE_UNREACHABLE = "engine-unreachable";

/** The Docker Engine's own API over its socket. Faults: `engine-unreachable`, `engine-too-old`; what it refuses is an answer. */
export class Engine {
  readonly socket: string;
  readonly version: string;
  /** What it runs natively: amd64, arm64. */
  readonly architecture: string;
  /** Networks may be made twice under one name when two ask at the same time: they are asked for one after the other. */
  readonly turns = new Turns();
  readonly #pool: Pool;

  private constructor(socket: string, pool: Pool, version: string, architecture = "") {
    this.socket = socket;
    this.architecture = architecture;
    this.#pool = pool;
    this.version = version;
  }

  static async open(socket: string): Promise<Engine> {
    const { enginePool } = await import("./engine-pool.ts");
    const pool = enginePool(socket);
    try {
      const { body } = await new Engine(socket, pool, "").ask({ method: "GET", path: "/version", timeout: 5_000 });
      const said = body as { ApiVersion?: string; MinAPIVersion?: string; Arch?: string };
      const { ApiVersion: offered, MinAPIVersion: least } = said;
      const version = offered !== undefined && older(offered, NEWEST) ? offered : NEWEST;
      if (older(version, OLDEST) || (least !== undefined && older(version, least))) {
        throw new StepFault({
          code: "engine-too-old",
          message: `The Docker engine at ${socket} speaks API ${least ?? "?"} to ${offered ?? "?"}; Sampan needs ${OLDEST} to ${NEWEST}`,
        });
      }
      return new Engine(socket, pool, `/v${version}`, said.Arch ?? "");
    } catch (error) {
      void pool.destroy();
      throw error;
    }
  }

  /** One request and its whole answer. Rejects only with the fault `engine-unreachable`, or the signal's reason. */
  async ask(call: EngineCall): Promise<EngineAnswer> {
    try {
      const { statusCode: status, body } = await this.#request(call);
      const said = await text(body);
      const parsed = parse(said);
      return { status, body: parsed, message: messageOf(parsed) ?? said.trim() };
    } catch (error) {
      throw this.#unreachable(error, call);
    }
  }

  /** As `ask`, for what the engine must accept. Faults: `engine-refused` with its word. */
  async expect(call: EngineCall, what: string): Promise<EngineAnswer> {
    const answer = await this.ask(call);
    if (answer.status < 400) return answer;
    throw refused(what, answer);
  }

  /** An answer that may be without end; refused: `engine-refused`. */
  async stream(call: EngineCall & Readonly<{ signal: AbortSignal }>, what: string): Promise<AsyncIterable<Buffer>> {
    try {
      const { statusCode: status, body } = await this.#request({ timeout: 0, ...call });
      if (status < 400) return body;
      const said = await text(body);
      throw refused(what, { status, body: null, message: messageOf(parse(said)) ?? said });
    } catch (error) {
      throw this.#unreachable(error, call);
    }
  }

  close(): void {
    void this.#pool.destroy().catch(() => undefined);
  }

  #request(call: EngineCall): Promise<Dispatcher.ResponseData> {
    const { method, path, query, body, headers, timeout = PATIENCE, signal } = call;
    const bytes = Buffer.isBuffer(body);
    return this.#pool.request({
      method,
      path: `${this.version}${path}${query === undefined ? "" : `?${new URLSearchParams(query)}`}`,
      body: body === undefined ? null : bytes ? body : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { "content-type": bytes ? "application/x-tar" : "application/json" }),
        ...headers,
      },
      headersTimeout: timeout,
      bodyTimeout: timeout,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #unreachable(error: unknown, { signal, method, path }: EngineCall): unknown {
    if (error instanceof StepFault) return error;
    if (signal?.aborted) return signal.reason;
    const { message, code } = error as NodeJS.ErrnoException;
    return new StepFault({
      code: ENGINE_UNREACHABLE,
      message: `The Docker engine at ${this.socket} does not answer`,
      evidence: `${method} ${path}: ${code === undefined ? message : `${code} ${message}`}`,
      // Whatever is asked of it carries a name or a state that it is asked for again: it may be repeated.
      retry: "safe",
    });
  }
}

export const refused = (what: string, { status, message }: EngineAnswer): StepFault =>
  new StepFault({ code: "engine-refused", message: `${what}: ${message}`, evidence: `the engine answered ${status}` });

const older = (a: string, b: string): boolean => {
  const [[a1 = 0, a2 = 0], [b1 = 0, b2 = 0]] = [a, b].map((text) => text.split(".").map(Number)) as [
    number[],
    number[],
  ];
  return a1 < b1 || (a1 === b1 && a2 < b2);
};

function parse(said: string): unknown {
  try {
    return said === "" ? null : JSON.parse(said);
  } catch {
    return null;
  }
}

const messageOf = (body: unknown): string | null =>
  typeof body === "object" && body !== null && "message" in body && typeof body.message === "string"
    ? body.message.trim()
    : null;
