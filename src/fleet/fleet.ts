import type { ContainerSpec } from "./container.ts";
import type { ImageBuild } from "./image-build.ts";
import type { Format } from "./migration-format.ts";

/** What `sampan.yaml` declares, with every default resolved. All durations are in milliseconds. */
export type Fleet = Readonly<{
  name: string;
  /** Absolute path of sampan.yaml. */
  file: string;
  /** Absolute path of the folder that holds it: the repository's root for Sampan. */
  root: string;
  /** Name of each service's image, `{service}` in it; null: images stay in this machine's engine, named by fleet and service. */
  image: string | null;
  version: "commit" | "tag";
  /** Null: the user's state folder. */
  store: StoreSpec | null;
  /** Null: the CI of the run, or of the remote's host, is asked. */
  ci: CiSpec | null;
  /** Who hears of releases. */
  notify: readonly Channel[];
  /** How values that are references are resolved; the first whose beginning fits. */
  references: readonly ReferenceCommand[];
  /** In the order of the file. */
  services: Readonly<Record<string, Service>>;
  environments: Readonly<Record<string, Environment>>;
}>;

/** Journal and history. */
export type StoreSpec = Readonly<
  | { kind: "folder" /** Absolute. */; path: string }
  | { kind: "postgres" /** Without a password. */; url: string }
  /** A variable of Sampan's own environment that holds the URL, password included. */
  | { kind: "variable"; name: string }
>;

/** What is built, deployed, verified and rolled back on its own. */
export type Service = Omit<ServiceSpec, "container" | "replicas"> &
  Readonly<{
    /** Null: as many as the compose file says, else one. */
    replicas: number | null;
    /** Its name in the compose file; null: the same, or with `-service`. */
    compose: string | null;
    /** Folder relative to the root, with forward slashes. */
    path: string;
    tier: string | null;
    /** Declared needs and those that the tier implies; names of services, sorted, without duplicates. */
    needs: readonly string[];
    migrations: MigrationsSpec | null;
    contract: ContractSpec;
    build: BuildSpec;
  }>;

/** The part of a service that its running revision depends on; kept beside each verified mark, so that a rollback has it. */
export type ServiceSpec = Readonly<{
  name: string;
  /** Port inside a container. A process is given a free one in PORT. Null: a worker that listens on nothing. */
  port: number | null;
  /** What the router sends to this service. Empty: it is not behind the router. */
  routes: readonly Route[];
  replicas: number;
  /** Null only for a worker. */
  health: HealthSpec | null;
  smoke: SmokeSpec;
  logs: LogsSpec;
  /** Null: its answers are not counted against it. */
  traffic: TrafficSpec | null;
  strategy: Strategy;
  stop: StopSpec;
  /** argv of the process; null: the package's `start` script. */
  start: readonly string[] | null;
  /** What a container of it is beside its image, variables and port, as the compose file says; null for a process. */
  container: ContainerSpec | null;
}>;

export type Route = Readonly<{ kind: "prefix"; prefix: string } | { kind: "host"; host: string }>;

export type HealthSpec = Readonly<{ path: string; every: number; healthyFor: number; timeout: number }>;

/** How a stop goes: requests in flight get `drain`, then SIGTERM, then SIGKILL after `timeout`. */
export type StopSpec = Readonly<{ drain: number; timeout: number }>;

export type SmokeSpec = Readonly<
  { kind: "none"; why: string } | { kind: "checks"; checks: readonly SmokeCheck[]; retries: number; every: number }
>;

export type SmokeCheck = Readonly<
  | {
      kind: "request";
      method: string;
      path: string;
      headers: Readonly<Record<string, string>>;
      /** JSON body, or undefined for none. */
      json?: unknown;
      expect: Readonly<{
        status: number;
        headers: Readonly<Record<string, string>>;
        /** JSON path such as `items[0].id` or `$.items[0].id` → the value it must equal. */
        json: Readonly<Record<string, unknown>>;
        /** Slowest answer allowed. */
        latency: number | null;
      }>;
    }
  /** Run in the service's folder with SAMPAN_URL set to the instance; exit 0 passes. */
  | { kind: "command"; command: readonly string[]; timeout: number }
>;

/** `none`: why nobody looks at them. */
export type LogsSpec = WatchedLogs | Readonly<{ none: string }>;

export type WatchedLogs = Readonly<{
  /** How long the logs are watched after the switch. */
  watch: number;
  /** `level>=error` or a regular expression. */
  critical: readonly string[];
  ignore: readonly string[];
}>;

/** When what the router counts of new instances throws a roll-out back. */
export type TrafficSpec = Readonly<{
  /** By how much the share of answers that fail (5xx, or broken) may exceed the verified revision's; 0.01 is one in a hundred. */
  errors: number;
  /** How many times what 90 % of the verified revision's answers keep below more than a tenth of the answers may take. */
  slower: number;
  /** Fewer requests than these say nothing. */
  least: number;
}>;

export type Strategy = Readonly<
  | { kind: "rolling" }
  | { kind: "blue-green" }
  | { kind: "canary"; weights: readonly number[]; watch: number }
  | { kind: "stop-first"; why: string }
>;

export type MigrationsSpec = Readonly<{
  /** A tool of the service's own that migrates, and why old code bears what it does; null: the files of `dir`. */
  command: Readonly<{ argv: readonly string[]; because: string }> | null;
  /** Relative to the service's folder. */
  dir: string;
  /** By which tool's way its files are written; null: it is found out. */
  format: Format | null;
  /** Name of the variable that holds the connection URL. */
  url: string;
  /** argv that fills the tables of a proof's database, run in the artifact's folder with DATABASE_URL; null: rows are made up. */
  seed: readonly string[] | null;
  /** Traffic that code must bear in a proof, beside the smoke test. */
  checks: readonly SmokeCheck[];
  /** File of statements that the service sends, relative to its folder; null: none is declared. */
  queries: string | null;
  /** The new code is to work before its migrations have run. */
  codeFirst: boolean;
  /** Variables that the service has in a proof, where nothing of the environment can be reached. */
  variables: Readonly<Record<string, string>>;
}>;

/** `file`: OpenAPI, relative to the service's folder. `declared`: the fleet file says that there is none. */
export type ContractSpec = Readonly<{ kind: "file"; file: string } | { kind: "none"; declared: boolean }>;

export type BuildSpec = Readonly<{
  /** argv run in the service's folder; null: the package's `test` / `build` script by the workspace's package manager. */
  test: readonly string[] | null;
  build: readonly string[] | null;
  /** argv that fills the folder named by SAMPAN_BUNDLE; null: `pnpm deploy`. */
  bundle: readonly string[] | null;
  /** Files or folders outside the service's own (relative to the root) that its artifact also depends on. */
  inputs: readonly string[];
  image: ImageBuild;
}>;

export type Environment = Readonly<{
  name: string;
  /** A pattern: `*` stands for anything but a slash, `**` for anything; null: any branch, where there is no `tag` either. */
  branch: string | null;
  /** A pattern: a commit with such a tag may come, whatever its branch. */
  tag: string | null;
  /** Only artifacts verified in that environment. */
  after: string | null;
  requires: readonly "ci"[];
  /** When nobody deploys. */
  windows: readonly Window[];
  /** Why nobody deploys at all; null: they do. */
  frozen: string | null;
  from: "anywhere" | "ci";
  /** Run once everything serves; nothing is verified without them. */
  tests: TestsSpec | null;
  approval: ApprovalSpec | null;
  target: TargetSpec;
  /** The router's listener. */
  listen: Readonly<{ host: string; port: number }>;
  /** Files relative to the root; `{service}` is replaced; later wins. */
  variables: readonly string[];
  /** File of those who may read the encrypted ones, relative to the root; null: none is encrypted. */
  recipients: string | null;
  onFailure: "release" | "service" | "halt";
  /** Why migrations that could not be proven may run all the same; null: they may not. */
  acceptUnproven: string | null;
  /** What is meant to be shared with another environment, and why. */
  shares: readonly Readonly<{ variable: string; with: string; because: string }>[];
  /** `ask`: contracts are compared, and the running service is held against its own. `compare`: compared only. */
  contracts: "ask" | "compare" | "none";
  rollout: Readonly<{ groups: "one-by-one" | "waves" | readonly (readonly string[])[]; concurrency: number }>;
}>;

export type NewsKind = "started" | "waiting" | "verified" | "thrown-back" | "halted";

/** `url`, `token` and `smtp` are names of variables in Sampan's own environment. `environments` null: all. */
export type Channel = Readonly<
  (
    | { kind: "slack"; url: string }
    | { kind: "telegram"; token: string; chat: string; api: string }
    | { kind: "email"; to: readonly string[]; from: string; smtp: string }
  ) & {
    on: readonly NewsKind[];
    environments: readonly string[] | null;
  }
>;

/** Values that begin with `prefix` are what `command` prints: `{reference}` is the value, `{path}` and `{field}` its halves at the last `#`. */
export type ReferenceCommand = Readonly<{ prefix: string; command: readonly string[]; timeout: number }>;

/** Who says whether the CI is green. */
export type CiSpec = Readonly<{
  provider: "github" | "gitlab" | "gitea";
  /** Without a slash at its end. */
  api: string;
  repository: string;
  /** Name of the environment variable with the token; null: as the provider names it. */
  token: string | null;
}>;

/** `by`: who may agree where an item does not say it; null: anybody. */
export type ApprovalSpec = Readonly<{
  checklist: string | null;
  confirmations: number;
  by: readonly string[] | null;
  /** A rollback waits for people, too. */
  rollback: boolean;
}>;

export type TestsSpec = Readonly<{ command: readonly string[]; timeout: number }>;

/** All that is given must hold. Days, hours and dates are those of `zone`. */
export type Window = Readonly<{
  /** 0 is Monday. */
  days: readonly number[] | null;
  /** Minutes of the day; an end at or before the beginning is of the next day. */
  hours: Readonly<{ from: number; to: number }> | null;
  /** `2026-12-28`, both included. */
  dates: Readonly<{ from: string; to: string }> | null;
  /** An IANA time zone. */
  zone: string;
  because: string;
}>;

export type TargetSpec = Readonly<
  | { kind: "process"; hosts: readonly string[]; router: RouterSpec }
  | {
      kind: "compose";
      hosts: readonly string[];
      /** Relative to the root; empty: those that Compose finds by itself. */
      files: readonly string[];
      /** Null: as Compose names it. */
      project: string | null;
      profiles: readonly string[];
      router: RouterSpec;
    }
>;

export type RouterSpec = Readonly<
  | { kind: "builtin" }
  /** `image` null: the host's own HAProxy. */
  | { kind: "haproxy"; image: string | null }
>;
