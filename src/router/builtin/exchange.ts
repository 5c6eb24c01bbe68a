import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Backend } from "./backend.ts";
import type { Destination } from "./destination.ts";
import { requestHeaders, responseHeaders } from "./headers.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { hasBody, RequestBody } from "./request-body.ts";
import type { Switchboard } from "./switchboard.ts";

export type ExchangeParts = Readonly<{
  request: IncomingMessage;
  response: ServerResponse;
  destination: Destination;
  service: string;
  switchboard: Switchboard;
  onTrouble: (backend: Backend, error: Error) => void;
  /** The router ends: no further request is wanted over this connection. */
  isLast: () => boolean;
  /** Milliseconds that only ever grow. */
  now: () => number;
}>;

/** May be sent twice without harm when it is not known whether the first arrived. */
const REPEATABLE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The connection broke, as opposed to: the backend was slow, or answered nonsense. */
const BROKEN: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE", "ECONNABORTED"]);

/** One request on its way to a backend and its answer on the way back; nothing of either is kept. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #parts: ExchangeParts;
  readonly #tried = new Set<Backend>();
  readonly #withBody: boolean;
  #again = false;
  #backend: Backend | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #answering = false;
  #began = 0;
  #status = 0;
  #flushed = false;
  #clientGone = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#withBody = hasBody(parts.request);
    parts.response.once("close", this.#onClientClose);
    parts.response.on("drain", () => this.#controller?.resume());
  }

  /** Chooses a backend and counts the request there in one go: a switch sees it on one side only. */
  start(): void {
    const backend = this.#choose();
    if (backend === null) {
      const { service } = this.#parts;
      this.#refuse(this.#tried.size === 0 ? { kind: "no-backend", service } : { kind: "backend-broken", service });
      return;
    }
    const { request, destination } = this.#parts;
    this.#tried.add(backend);
    this.#backend = backend;
    this.#controller = null;
    this.#answering = false;
    this.#began = this.#parts.now();
    backend.begin();
    backend.pool.dispatch(
      {
        path: destination.path,
        method: (request.method ?? "GET") as Dispatcher.HttpMethod,
        headers: requestHeaders(request, destination),
        body: this.#withBody ? new RequestBody(request) : null,
      },
      this,
    );
  }

  #choose(): Backend | null {
    const { switchboard, service } = this.#parts;
    const other = switchboard.choose(service, this.#tried);
    if (other !== null || this.#tried.size === 0 || this.#again) return other;
    // Nobody else is left: the same may have been restarted by now, and is asked once more.
    this.#again = true;
    return switchboard.choose(service, new Set());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#clientGone) controller.abort(new Error("the client went away"));
  }

  onResponseStarted(): void {
    this.#answering = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    phrase: string | undefined,
  ): void {
    if (status < 200) return;
    const { response, destination } = this.#parts;
    const raw = (controller.rawHeaders ?? []) as readonly Buffer[];
    this.#status = status;
    this.#backend?.answered(this.#parts.now() - this.#began);
    if (this.#parts.isLast()) response.shouldKeepAlive = false;
    response.writeHead(status, phrase ?? "", responseHeaders(raw, destination.requestId));
    // A stream's first event may come much later than its head, which a client waits for. When the body is here already,
    // one write carries both.
    queueMicrotask(() => {
      if (!this.#flushed && !response.destroyed) response.flushHeaders();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#flushed = true;
    if (!this.#parts.response.write(chunk)) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const { response } = this.#parts;
    this.#flushed = true;
    const trailers = (controller.rawTrailers ?? []) as readonly Buffer[];
    if (trailers.length > 0) response.addTrailers(pairs(trailers));
    response.end();
    this.#finish(this.#status >= 500 ? "failed" : "served");
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const backend = this.#backend;
    if (backend === null) return;
    const { request, response, service, onTrouble } = this.#parts;
    if (this.#clientGone || request.socket.destroyed) {
      this.#finish("dropped");
      return;
    }
    const code = "code" in error ? String(error.code) : "";
    if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED") {
      this.#finish("dropped");
      this.#refuse({ kind: "bad-request", why: "The request cannot be sent on" });
      return;
    }
    onTrouble(backend, error);
    const repeat = this.#mayRepeat(code);
    this.#finish("failed");
    if (response.headersSent) response.destroy();
    else if (repeat) this.start();
    else this.#refuse({ kind: code === "UND_ERR_HEADERS_TIMEOUT" ? "backend-silent" : "backend-broken", service });
  }

  /** Nothing was sent; or what was sent may arrive twice and nothing has come back. */
  #mayRepeat(code: string): boolean {
    if (this.#parts.response.headersSent) return false;
    if (this.#controller === null) return true;
    const { method } = this.#parts.request;
    return !this.#answering && !this.#withBody && BROKEN.has(code) && REPEATABLE.has(method ?? "");
  }

  #finish(outcome: "served" | "failed" | "dropped"): void {
    const backend = this.#backend;
    this.#backend = null;
    backend?.end(outcome);
  }

  #refuse(refusal: Refusal): void {
    refuse(this.#parts.response, refusal, this.#parts.destination.requestId);
  }

  #onClientClose = (): void => {
    if (this.#backend === null) return;
    this.#clientGone = true;
    this.#controller?.abort(new Error("the client went away"));
  };
}

function pairs(raw: readonly Buffer[]): [string, string][] {
  return raw.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toString("latin1"), (raw[index + 1] ?? "").toString("latin1")]] : [],
  );
}
