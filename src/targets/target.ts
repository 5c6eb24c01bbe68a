import type { Route, ServiceSpec } from "../fleet/fleet.ts";
import type { Backend, Observed, ObservedInstance, Revision, VerifiedMark } from "../plan/observed.ts";
import type { Counts } from "../router/router.ts";

/** Issued by the target on a claim. Every change carries it and is compared with it there, in the same breath as the change. */
export type Fence = number;

/** Who claims, for people: `user@host pid 123`. */
export type Owner = string;

/** The context of one operation on a target. */
export type Cx = Readonly<{
  /** `release/step/ordinal`: what is there already under this id is adopted, never made twice. */
  operationId: string;
  release: string;
  fence: Fence;
  signal: AbortSignal;
  log: (line: string) => void;
}>;

export type ReadCx = Readonly<{ signal: AbortSignal }>;

/** What a target calls an instance; serialisable. */
export type Handle = Readonly<{ version: 1; id: string; service: string }>;

/** `check`: it has answered, so that its own health check, where it has one, is to be run now rather than when its time comes. */
export type Look = Readonly<{ check: boolean }>;

export type Endpoint = Readonly<{ host: string; port: number }>;

export type LogLine = Readonly<{
  instance: string;
  /** Decoded leniently: invalid UTF-8 becomes U+FFFD; at most 64 KiB, the rest is cut. */
  text: string;
}>;

export type BringSpec = Readonly<{
  service: string;
  revision: Revision;
  /** Folder of the bundle on the host. */
  source: string;
  spec: ServiceSpec;
}>;

/** What the planner may use of a target, as data. */
export type Capabilities = Readonly<{ kind: "instances" }>;

export interface TargetBase {
  readonly capabilities: Capabilities;
  /** Issues the next fence for the environment, durably, on every host, before any effect. */
  claim(owner: Owner, cx: ReadCx): Promise<Fence>;
  /** Read-only. `migrations` of each service are left empty: databases are not the target's. */
  observe(cx: ReadCx): Promise<Observed>;
  /** One of those that `observe` tells of, at less cost; null: it is not there, or retired. */
  instance(handle: Handle, cx: ReadCx, look?: Look): Promise<ObservedInstance | null>;
  endpoint(handle: Handle, cx: ReadCx): Promise<Endpoint | null>;
  /** The router's own listener, where smoke tests and people talk to the environment. */
  entrance(): Endpoint;
  /**
   * From the instance's first line since it was brought. `follow: false` ends at the last complete line (and a trailing
   * half line); `follow: true` goes on until the signal aborts.
   */
  logs(handle: Handle, options: { follow: boolean }, cx: ReadCx): AsyncIterable<LogLine>;
  /** HMAC keyed at the target; secrets marked as rotating are left out of it by the caller. */
  fingerprint(service: string, variables: Readonly<Record<string, string>>, cx: ReadCx): Promise<string>;
  /** Puts the values into the target's own secret channel under their fingerprint. */
  stage(staged: StagedVariables, cx: Cx): Promise<void>;
  /** Is this revision's configuration still there? A rollback needs it. */
  staged(service: string, fingerprint: string, cx: ReadCx): Promise<boolean>;
  /** For Sampan's own use in this process (migrations, masking): never printed or journalled. Null: not there. */
  reveal(service: string, fingerprint: string, cx: ReadCx): Promise<Readonly<Record<string, string>> | null>;
  /** Already the newest by the same release and of the same revision: nothing changes. */
  mark(mark: Omit<VerifiedMark, "at">, cx: Cx): Promise<void>;
  unmark(service: string, cx: Cx): Promise<void>;
  /** Forgets retired instances, their logs, staged variables and marks beyond the newest `keep` of each service; never what runs. */
  prune(keep: number, cx: Cx): Promise<Pruned>;
}

export type StagedVariables = Readonly<{
  service: string;
  fingerprint: string;
  variables: Readonly<Record<string, string>>;
  /** Their current value is always taken, also by older revisions: going back to a revoked password is an outage. */
  rotates: Readonly<Record<string, string>>;
}>;

export type Pruned = Readonly<{ instances: number; variables: number; marks: number }>;

/** Processes, containers: Sampan moves the traffic. */
export interface InstancesTarget extends TargetBase {
  /** Gets what instances of this source need onto the host: an image, pulled. There already: nothing is done. */
  fetch(source: string, cx: Cx): Promise<void>;
  /** The engine that containers run on; absent where nothing runs on one. */
  engine?(cx: ReadCx): Promise<EngineInfo>;
  /** Containers of the environment that nothing is written down of; absent where nothing runs on an engine. */
  unrecorded?(cx: ReadCx): Promise<readonly Unrecorded[]>;
  /** Could the environment's router be run, or does it run already? Starts nothing; throws the StepFault that a shift would end with. */
  tryRouting(cx: ReadCx): Promise<void>;
  /** What of these is not on its host. */
  absent(things: readonly Outside[], cx: ReadCx): Promise<readonly Outside[]>;
  /** Parts of a compose file that do not run, of those asked for. */
  missing(parts: Surroundings, cx: ReadCx): Promise<readonly string[]>;
  /** Starts those that do not run and waits until all of them are well; what runs is left alone. */
  surround(parts: Surroundings & Readonly<{ config: string }>, cx: Cx): Promise<void>;
  /**
   * Starts `count` instances without traffic; adopts those that carry the operation id already, whatever became of them.
   * Returns as soon as they are spawned: whether they are up is for the gates.
   */
  bring(spec: BringSpec, count: number, cx: Cx): Promise<readonly Handle[]>;
  /** Instances brought under this operation id, retired ones included: how a crash is recovered from. */
  find(operationId: string, cx: ReadCx): Promise<readonly ObservedInstance[]>;
  /** Starts a retired instance again under its old id; already running is success. */
  revive(handle: Handle, cx: Cx): Promise<void>;
  /** Resolves once the router itself confirms that every new request goes there. */
  shift(shift: Shift, cx: Cx): Promise<void>;
  /** What the router counts of each instance of the service that it had anything to do with since the release began. */
  traffic(of: TrafficOf, cx: ReadCx): Promise<readonly InstanceTraffic[]>;
  /** Out of the router, drained, SIGTERM, SIGKILL, gone; already gone is success. */
  retire(handle: Handle, cx: Cx): Promise<void>;
}

export type TrafficOf = Readonly<{ service: string; release: string }>;

/** `before`: the part of `counts` that was there already when the release brought its first instance, or moved traffic first. */
export type InstanceTraffic = Readonly<{ instance: string; counts: Counts; before: Counts }>;

/** A container that serves as before, and that nobody looks after: its record was lost. */
export type Unrecorded = Readonly<{ name: string; service: string; release: string }>;

/** What containers run on, for people. `free`: bytes on the disk of images; null when it cannot be seen. */
export type EngineInfo = Readonly<{
  socket: string;
  version: string;
  api: string;
  architecture: string;
  storage: string;
  logging: string;
  free: number | null;
}>;

/** What a container needs of its host and nobody makes for it: by the engine's name, of a file or folder by its path. */
export type Outside = Readonly<{ kind: "network" | "volume" | "file"; name: string }>;

/** What stands in a compose file beside the fleet's services: by Compose's names. */
export type Surroundings = Readonly<{ project: string; services: readonly string[] }>;

export type Shift = Readonly<{ service: string; match: readonly Route[]; backends: readonly Backend[] }>;
