import type { Clock } from "../io/clock.ts";
import type { Revision } from "../plan/observed.ts";
import type { Endpoint, Handle, InstancesTarget } from "../targets/target.ts";

/** What a gate looks at. */
export type GateSubject = Readonly<{
  service: string;
  /** The release that asks: instances of other releases were there before it. */
  release: string;
  /** What the instances must be running. */
  revision: Revision;
  /** The new ones. */
  instances: readonly Handle[];
  /** Those of the verified revision; empty at a first deployment. */
  baseline: readonly Handle[];
  target: InstancesTarget;
  /** The router's listener: handed to smoke commands as SAMPAN_ENTRANCE. */
  entrance: Endpoint;
  /** Absolute: the fleet's root, in which the environment's own tests run. */
  root: string;
  /** The absolute folder in which smoke commands run: the service's own files. */
  files: () => Promise<string>;
  /** A file as the revision's commit holds it, by its path below the fleet's root; null where there is none. */
  committed: (file: string) => Promise<string | null>;
}>;

export type GateCx = Readonly<{
  clock: Clock;
  signal: AbortSignal;
  /** Replaces secret values; applied to all that a gate quotes. */
  mask: (text: string) => string;
  log: (line: string) => void;
}>;

/** What a gate found, before it is masked, bounded and timed. */
export type Finding = Readonly<{
  verdict: "passed" | "failed" | "inconclusive";
  evidence: string;
  detail?: readonly string[];
}>;

export const passed = (evidence: string, detail: readonly string[] = []): Finding => ({
  verdict: "passed",
  evidence,
  detail,
});
export const failed = (evidence: string, detail: readonly string[] = []): Finding => ({
  verdict: "failed",
  evidence,
  detail,
});
export const inconclusive = (evidence: string, detail: readonly string[] = []): Finding => ({
  verdict: "inconclusive",
  evidence,
  detail,
});
