import { Pool } from "undici";
import { latencyBucket, noLatency } from "../latency.ts";
import type { BackendStats, RouterBackend } from "../router.ts";

/**
 * An instance as the router sees it: its connections, its weight and its counters. It lives on after its removal from the
 * table until the last request it was given is finished.
 */
export class Backend {
  readonly instance: string;
  readonly host: string;
  readonly port: number;
  weight: number;
  /** Where smooth weighted round robin stands. */
  current = 0;
  inFlight = 0;
  served = 0;
  failed = 0;
  readonly latency: number[] = noLatency();
  /** Upgraded connections, each with what closes it. */
  readonly tunnels = new Set<() => void>();
  readonly pool: Pool;
  readonly #waiting = new Set<() => void>();

  constructor(backend: RouterBackend) {
    this.instance = backend.instance;
    this.host = backend.host;
    this.port = backend.port;
    this.weight = backend.weight;
    this.pool = new Pool(originOf(backend), {
      allowH2: false,
      pipelining: 1,
      connectTimeout: 5_000,
      // An idle connection is given up well before the backend gives it up: a request written into a connection that is
      // being closed is lost, and a POST cannot be repeated. Many servers close after 2 s; a Keep-Alive hint is honoured.
      keepAliveTimeout: 1_000,
      keepAliveMaxTimeout: 30_000,
      keepAliveTimeoutThreshold: 2_000,
      headersTimeout: 300_000,
      // A stream may be silent for as long as it likes.
      bodyTimeout: 0,
      maxHeaderSize: 64 * 1024,
    });
  }

  is(backend: RouterBackend): boolean {
    return backend.instance === this.instance && backend.host === this.host && backend.port === this.port;
  }

  begin(): void {
    this.inFlight += 1;
  }

  /** `dropped`: the client went away, or the request moved to another backend, so that it says nothing about this one. */
  end(outcome: "served" | "failed" | "dropped"): void {
    this.inFlight -= 1;
    if (outcome === "served") this.served += 1;
    if (outcome === "failed") this.failed += 1;
    if (this.inFlight > 0) return;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** The head of an answer is there, so many milliseconds after the request was given to it. */
  answered(ms: number): void {
    const bucket = latencyBucket(ms);
    this.latency[bucket] = (this.latency[bucket] ?? 0) + 1;
  }

  /** Calls back once, at the next moment without a request in flight; returns what takes the wish back. */
  whenIdle(wake: () => void): () => void {
    if (this.inFlight === 0) {
      wake();
      return () => {};
    }
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  get stats(): BackendStats {
    const { instance, inFlight, served, failed, latency } = this;
    return { instance, inFlight, served, failed, latency: [...latency] };
  }
}

const originOf = ({ host, port }: RouterBackend): string => `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
