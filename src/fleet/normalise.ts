import { milliseconds } from "./duration.ts";
import type {
  ContractSpec,
  HealthSpec,
  LogsSpec,
  Route,
  Service,
  SmokeCheck,
  SmokeSpec,
  Strategy,
  TrafficSpec,
} from "./fleet.ts";
import type { FoundFolder } from "./found.ts";
import { imageBuild } from "./image-build.ts";
import type { FleetFile, ServiceFile } from "./schema.ts";
import { REQUEST_LINE } from "./smoke-schema.ts";

/** Defaults and short forms: the file's words become the fleet's. Trusts the shape. */

const ms = (text: string | undefined, otherwise: number): number =>
  text === undefined ? otherwise : milliseconds(text);

/** `./a//b/` → `a/b`; the root is `.`. */
export const tidyPath = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/") || ".";

/** A record that a user's names can be keys of. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
}

export type Placed = Readonly<{ name: string; path: string; folder: FoundFolder | null; needs: readonly string[] }>;

/** `general`: what the fleet says of the traffic of all services. */
export function service(
  file: ServiceFile,
  { name, path, folder, needs, general }: Placed & Readonly<{ general: TrafficFile }>,
): Service {
  const port = file.port === "none" ? null : (file.port ?? folder?.ports[0] ?? 8080);
  return {
    name,
    path,
    tier: file.tier ?? null,
    needs,
    compose: file.compose ?? null,
    port,
    routes: (file.routes ?? []).map(route),
    replicas: file.replicas ?? null,
    health: port === null ? null : health(file.health),
    smoke: smoke(file.smoke),
    logs: logs(file.logs),
    traffic: port === null ? null : traffic(file.traffic, general),
    strategy: strategy(file.strategy),
    stop: { drain: ms(file.stop?.drain, 30_000), timeout: ms(file.stop?.timeout, 10_000) },
    start: file.start ?? null,
    migrations: migrations(file.migrations, folder),
    contract: contract(file.contract ?? folder?.contract ?? null),
    build: {
      test: file.build?.test ?? null,
      build: file.build?.build ?? null,
      bundle: file.build?.bundle ?? null,
      inputs: (file.build?.inputs ?? []).map(tidyPath),
      image: imageBuild(file.build),
    },
  };
}

function route(text: NonNullable<ServiceFile["routes"]>[number]): Route {
  if (typeof text !== "string") return { kind: "host", host: text.host };
  return { kind: "prefix", prefix: text === "/" ? "/" : text.replace(/\/$/, "") };
}

function contract(file: string | null): ContractSpec {
  if (file === null || file === "none") return { kind: "none", declared: file === "none" };
  return { kind: "file", file: tidyPath(file) };
}

function health(file: ServiceFile["health"]): HealthSpec {
  const given = typeof file === "string" ? { path: file } : (file ?? {});
  return {
    path: given.path ?? "/health",
    every: ms(given.every, 1000),
    healthyFor: ms(given.healthyFor, 5000),
    timeout: ms(given.timeout, 60_000),
  };
}

function logs(file: ServiceFile["logs"] = {}): LogsSpec {
  if ("none" in file) return { none: file.none };
  return { watch: ms(file.watch, 10_000), critical: file.critical ?? ["level>=error"], ignore: file.ignore ?? [] };
}

function smoke(file: ServiceFile["smoke"]): SmokeSpec {
  if (file === undefined) return { kind: "none", why: "" };
  if (Array.isArray(file)) return { kind: "checks", checks: file.map(check), retries: 2, every: 1000 };
  if ("none" in file) return { kind: "none", why: file.none };
  return { kind: "checks", checks: file.checks.map(check), retries: file.retries ?? 2, every: ms(file.every, 1000) };
}

type CheckFile = Extract<NonNullable<ServiceFile["smoke"]>, readonly unknown[]>[number];

function check(file: CheckFile): SmokeCheck {
  if (typeof file !== "string" && "command" in file) {
    return { kind: "command", command: file.command, timeout: ms(file.timeout, 30_000) };
  }
  const given = typeof file === "string" ? { request: file } : file;
  const [, method = "GET", path = "/", status] = REQUEST_LINE.exec(given.request) ?? [];
  return {
    kind: "request",
    method,
    path,
    headers: recordOf(Object.entries(given.headers ?? {})),
    ...("json" in given ? { json: given.json } : {}),
    expect: {
      status: given.expect?.status ?? Number(status ?? 200),
      headers: recordOf(Object.entries(given.expect?.headers ?? {})),
      json: recordOf(Object.entries(given.expect?.json ?? {})),
      latency: given.expect?.latency === undefined ? null : milliseconds(given.expect.latency),
    },
  };
}

type TrafficFile = FleetFile["traffic"];

function traffic(file: TrafficFile, general: TrafficFile): TrafficSpec | null {
  const said = file ?? general;
  if (said === "none") return null;
  const { errors = 0.01, slower = 3, least = 20 } = { ...(general === "none" ? {} : general), ...said };
  return { errors, slower, least };
}

function strategy(file: ServiceFile["strategy"]): Strategy {
  if (file === undefined) return { kind: "rolling" };
  if (typeof file === "string") return { kind: file };
  if ("stopFirst" in file) return { kind: "stop-first", why: file.stopFirst };
  return { kind: "canary", weights: file.canary.weights, watch: ms(file.canary.watch, 60_000) };
}

/** What proofs do where nothing is said of them. */
const UNTOLD = { seed: null, checks: [], queries: null, codeFirst: false, variables: {} };

function migrations(file: ServiceFile["migrations"], folder: FoundFolder | null): Service["migrations"] {
  if (file === "none") return null;
  const url = file?.url ?? urlVariable(folder);
  if (file !== undefined && "command" in file)
    return { command: { argv: file.command, because: file.because }, dir: ".", format: null, url, ...UNTOLD };
  const dir = file?.dir ?? folder?.migrations ?? (file === undefined ? null : "migrations");
  if (dir === null) return null;
  return {
    command: null,
    dir: tidyPath(dir),
    format: file?.format ?? null,
    url,
    seed: file?.seed ?? null,
    checks: (file?.checks ?? []).map(check),
    queries: file?.queries === undefined ? null : tidyPath(file.queries),
    codeFirst: file?.codeFirst ?? false,
    variables: recordOf(Object.entries(file?.variables ?? {})),
  };
}

/** The variable that migrations connect with, by convention; empty when .env.example names none of them. */
export const urlVariable = (folder: FoundFolder | null): string =>
  ["MIGRATION_DATABASE_URL", "MIGRATIONS_DATABASE_URL", "DATABASE_URL"].find((name) =>
    folder?.variables?.includes(name),
  ) ?? "";
