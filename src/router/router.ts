import type { Route } from "../fleet/fleet.ts";

/** Where a request may go. `weight` is relative within the service; 0 means: none that is new. */
export type RouterBackend = Readonly<{ instance: string; host: string; port: number; weight: number }>;

/** One service's routes; the longest matching prefix wins, a host match comes before any prefix. */
export type RouterService = Readonly<{ service: string; match: readonly Route[]; backends: readonly RouterBackend[] }>;

/** What is on the router's disk: the whole truth of one listener. */
export type RouterTable = Readonly<{
  formatVersion: 1;
  listen: Readonly<{ host: string; port: number }>;
  /** Grows by one with each change; a router that answers with it has applied it. */
  epoch: number;
  services: readonly RouterService[];
}>;

/** What a router counts of one backend. */
export type Counts = Readonly<{
  /** Answered wholly, with less than 500, since the backend was added. A request whose client went away is in neither. */
  served: number;
  /** Answered with 5xx, or broken, or never connected to. */
  failed: number;
  /** Answers by how long their head took, counted in the buckets of `LATENCY_BOUNDS`, since the backend was added. */
  latency: readonly number[];
}>;

export type BackendStats = Counts &
  Readonly<{
    instance: string;
    /** Requests (and upgraded connections) that this backend is serving right now. */
    inFlight: number;
  }>;

export type RouterState = Readonly<{ pid: number; table: RouterTable; stats: readonly BackendStats[] }>;

/**
 * Who gets the traffic of one environment on one host. Written to disk before it is applied, so that the router's own
 * restart keeps what runs.
 */
export interface Router {
  /** Resolves with what the router itself says once it answers with this epoch (or a later one): every new request follows it. */
  apply(table: RouterTable, signal: AbortSignal): Promise<RouterState>;
  state(signal: AbortSignal): Promise<RouterState>;
  /**
   * Resolves `true` when no request is in flight at the instance, `false` when the limit is reached (`limit` in milliseconds).
   * Upgraded connections that remain then are told to come back, or are left to the instance, which is to be ended next.
   */
  drained(instance: string, limit: number, signal: AbortSignal): Promise<boolean>;
}
