import type { Repository } from "../artifacts/git/repository.ts";
import type { ComposeProject } from "../compose/project.ts";
import type { Environment, Fleet } from "../fleet/fleet.ts";
import type { Clock } from "../io/clock.ts";
import type { ResolvedHost } from "../io/resolve-host.ts";
import type { Problem } from "../problem.ts";
import type { VariablesReader } from "../variables/variables-reader.ts";
import type { Build } from "./build.ts";
import type { CheckCache } from "./cache.ts";
import type { CheckKind, CheckResult, Found } from "./check.ts";
import type { OpenWorktree } from "./lazy-worktree.ts";
import type { Asking } from "./rules.ts";

export type CheckedService = Readonly<{
  name: string;
  /** `sha256:…`: what its results are known by. */
  artifact: string;
  /** The folders of the workspace that it is made of, its own among them. */
  folders: readonly string[];
}>;

export type ChecksOrder = Readonly<{
  fleet: Fleet;
  environment: string;
  /** Those to be deployed. */
  services: readonly CheckedService[];
  repository: Repository;
  /** From `createVariablesReader`: of every environment. */
  read: VariablesReader;
  /** The compose file of an environment of containers; null where there is none, or none that can be read. */
  project: (environment: Environment) => Promise<ComposeProject | null>;
  /** What the compose file says of the services that cannot be carried out. Omitted: there is none, or it is known already. */
  containers?: () => Promise<readonly Problem[]>;
  /** What runs there: the commit of each service's verified revision. */
  running: ReadonlyMap<string, string>;
  /** The folders of the workspace that a service is made of, as far as they are known. */
  foldersOf: (service: string) => readonly string[];
  /** Who asks, when and from where. */
  asking: Asking;
  /** What the CI says of the commit; asked only where the environment requires it. */
  green: () => Promise<Found>;
  /** What a host's name stands for. */
  resolve: (host: string) => Promise<ResolvedHost>;
  cache: CheckCache;
  clock: Clock;
  signal: AbortSignal;
  /** Tests at the same time. */
  concurrency: number;
  /** For the tests; null: they are not run. Called once at most, and not held while building. */
  openWorktree: OpenWorktree | null;
  /** Null: the release builds by itself, and its builds are evidence of their own. */
  build: Build | null;
  /** Null: all. */
  kinds?: readonly CheckKind[] | null;
  /** As each check begins and ends. */
  events?: (event: CheckEvent) => void;
}>;

export type CheckEvent = Readonly<
  { kind: "began"; check: CheckKind; service: string | null } | { kind: "ended"; result: CheckResult }
>;

/** One check to be made; `heavy` ones run a few at a time. */
export type Job = Readonly<{
  kind: CheckKind;
  service: string | null;
  heavy: boolean;
  run: () => Promise<Found & Readonly<{ known?: boolean }>>;
}>;
