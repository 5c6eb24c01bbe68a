/** One kind of traffic. `{id}` in a path or a body becomes an id that no other request of the run has. */
export type Mix = Readonly<RequestMix | EventsMix | WebSocketMix>;

export type RequestMix = Readonly<{
  kind: "request";
  /** Names it in the report and in `retired`. */
  name: string;
  method: "GET" | "POST" | "PUT" | "HEAD";
  path: string;
  /** Requests a second, sent on time whether or not earlier ones were answered. */
  rate: number;
  connection: "keep-alive" | "fresh";
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Statuses that are served; default 200 to 299. */
  expect?: readonly number[];
  /** Where an answer says which version made it. */
  version?: Readonly<{ header: string } | { json: string }>;
  /** Milliseconds to the end of the answer; default 15,000. */
  timeout?: number;
  /** Slow on purpose: left out of the latencies. */
  slow?: boolean;
}>;

/**
 * Server-sent events whose ids are whole numbers that grow by one; `event: end` is an orderly end, after which the client
 * comes back with Last-Event-ID and the numbers go on.
 */
export type EventsMix = Readonly<{
  kind: "events";
  name: string;
  path: string;
  streams: number;
  headers?: Readonly<Record<string, string>>;
}>;

/** Sockets that send a text now and then and expect it back. Closed with 1000, 1001 or 1012 they come back. */
export type WebSocketMix = Readonly<{
  kind: "websocket";
  name: string;
  path: string;
  sockets: number;
  /** Milliseconds between two texts of a socket. */
  every: number;
  headers?: Readonly<Record<string, string>>;
}>;

export type LossKind =
  | "refused"
  | "reset"
  | "status"
  | "timeout"
  | "truncated"
  | "gap"
  | "stale-version"
  | "wrong-answer"
  | "overload";

export type Loss = Readonly<{ kind: LossKind; mix: string; at: number; detail: string }>;

export type LoadReport = Readonly<{
  served: number;
  lost: number;
  /** The first 100. */
  losses: readonly Loss[];
  byKind: Readonly<Partial<Record<LossKind, number>>>;
  byMix: Readonly<Record<string, Readonly<{ served: number; lost: number }>>>;
  /** Milliseconds, of the requests that are not slow on purpose. */
  latency: Readonly<{ p50: number; p99: number }>;
  /** Ids of the POSTs and PUTs that were answered as expected: each must be found at the backends. */
  acknowledged: readonly string[];
  /** How long requests were sent. */
  seconds: number;
}>;

/** What parent and load process say to each other. */
export type ToLoad = Readonly<
  | { kind: "start"; base: string; mixes: readonly Mix[]; seconds: number | null }
  | { kind: "retired"; mix: string; version: string }
  | { kind: "revived"; mix: string; version: string }
  | { kind: "stop" }
>;
export type FromLoad = Readonly<{ kind: "started" } | { kind: "report"; report: LoadReport }>;
