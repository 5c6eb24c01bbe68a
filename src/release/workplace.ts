import type { ArtifactKind } from "../artifacts/artifact-kind.ts";
import type { CiRun } from "../ci/run.ts";
import type { ComposeProject } from "../compose/project.ts";
import type { Store } from "../engine/store.ts";
import type { Environment, Fleet } from "../fleet/fleet.ts";
import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import type { ResolvedHost } from "../io/resolve-host.ts";
import type { Notify } from "../notify/notify.ts";
import type { InstancesTarget } from "../targets/target.ts";
import type { VariablesReader } from "../variables/variables-reader.ts";

/** What the verbs work with; only the command line's entry constructs it. */
export type Workplace = Readonly<{
  fleet: Fleet;
  /** Absolute: journal, bundles, worktree and logs of this fleet. */
  state: string;
  store: () => Promise<Store>;
  target: (environment: Environment) => InstancesTarget;
  /** Bundles or images: what the environment's target runs. One object for all environments of a kind. */
  artifacts: (environment: Environment) => ArtifactKind;
  /** The environment's compose files, as Compose resolves them; null where it runs processes. Throws Refused with Compose's word. */
  compose: (environment: Environment) => Promise<ComposeProject | null>;
  /** The run of a CI that this is part of; null: none. */
  ci: CiRun | null;
  processEnv: Readonly<Record<string, string>>;
  /** Variables of every environment, each file read once. */
  variables: () => Promise<VariablesReader>;
  /** What a host's name stands for, asked for once. */
  resolve: (host: string) => Promise<ResolvedHost>;
  /** Tells people of a release; never fails. */
  notify: Notify;
  clock: Clock;
  random: Random;
  /** For people: `user@host`. */
  by: string;
  log: (line: string) => void;
  /** Of what is waited for; `log` is for who asks what happens inside. */
  waiting: (line: string) => void;
  signal: AbortSignal;
}>;

/** The environment of that name.  */
export function environmentOf(fleet: Fleet, name: string): Environment | null {
  return Object.hasOwn(fleet.environments, name) ? (fleet.environments[name] ?? null) : null;
}
