import { sha256 } from "../../io/digest.ts";
import { type Problem, problem } from "../../problem.ts";
import { closure } from "./closure.ts";
import { followLinks } from "./follow-links.ts";
import { reachLock } from "./reach-lock.ts";
import { resolveFolder } from "./resolve-folder.ts";
import { type Buildable, folderOf, type Source } from "./source.ts";

/** Changes whenever a bundle made from the same sources would be another one. */
export const BUNDLE_FORMAT = 1;

export type Builder = Readonly<{ node: string; platform: string }>;

export type TreeHash = Readonly<{
  /** `sha256:<64 hex>`: the identity of what a build of this service makes. */
  artifact: string;
  /** Git's id of the service's own folder. */
  tree: string;
  /** The folders of the workspace that it is made of, dependencies first, its own last. */
  folders: readonly string[];
}>;

export type ServiceProblem = Readonly<{ service: string; problem: Problem }>;

/** Files at the root that change what an installation or a build does in any folder below it. */
const ROOT_FILES = /^(?:\.npmrc|\.yarnrc\.yml|\.pnpmfile\.[cm]?js|tsconfig[^/]*\.json)$/;

/** Fields of the root's package.json that reach below it; `install` scripts run with every installation. */
const ROOT_FIELDS = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "overrides",
  "resolutions",
  "dependenciesMeta",
  "packageManager",
  "pnpm",
  "engines",
  "type",
] as const;
const ROOT_SCRIPTS = ["pnpm:devPreinstall", "preinstall", "install", "postinstall", "prepare"];

/**
 * Hashes what each service's artifact depends on, and nothing else: a commit that leaves that alone changes nothing.
 * Where Sampan cannot tell what a service reaches, more is hashed rather than less.
 */
export function hashServices(
  from: Readonly<{
    source: Source;
    services: readonly Buildable[];
    builder: Builder;
    /** What else an artifact of another kind than a bundle depends on. */
    more?: (service: Buildable) => unknown;
  }>,
): Readonly<{ hashes: Readonly<Record<string, TreeHash>>; problems: readonly ServiceProblem[] }> {
  const { source } = from;
  const common = { format: BUNDLE_FORMAT, ...commonOf(source, from.builder) };
  const shared = rootFolders(source, from.services);
  const hashes: Record<string, TreeHash> = {};
  const problems: ServiceProblem[] = [];
  for (const service of from.services) {
    const folder = folderOf(service);
    const own = source.tree.get(folder);
    const folders = closure(source, folder);
    const inputs = service.build.inputs.map((path) => resolveFolder("", path));
    const lost = service.build.inputs.filter((_, place) => !source.tree.has(inputs[place] ?? "\0"));
    problems.push(...lost.map((path) => ({ service: service.name, problem: lostInput(service.name, path) })));
    if (own === undefined) problems.push({ service: service.name, problem: lostService(service, source.commit) });
    if (own === undefined || lost.length > 0) continue;
    const direct = [...shared, ...folders, ...inputs].filter((path) => path !== null);
    const { reached, outside } = followLinks(source, direct);
    problems.push(...outside.map((path) => ({ service: service.name, problem: leadsOut(service.name, path) })));
    const used = [...new Set([...direct, ...reached])].sort();
    const text = JSON.stringify({
      ...common,
      path: folder,
      build: service.build.build,
      bundle: service.build.bundle,
      trees: used.map((path) => [path, source.tree.get(path)?.mode ?? null, source.tree.get(path)?.oid ?? null]),
      lock: lockOf(source, [...shared, ...folders]),
      ...(from.more === undefined ? {} : { more: from.more(service) }),
    });
    hashes[service.name] = { artifact: `sha256:${sha256(text)}`, tree: own.oid, folders };
  }
  return { hashes, problems };
}

function commonOf(source: Source, builder: Builder) {
  const root: Readonly<Record<string, unknown>> = source.rootPackage ?? {};
  const scripts = source.rootPackage?.scripts ?? {};
  return {
    node: builder.node.split(".")[0],
    platform: builder.platform,
    root: sorted(Object.fromEntries(ROOT_FIELDS.map((field) => [field, root[field] ?? null]))),
    scripts: ROOT_SCRIPTS.map((name) => scripts[name] ?? null),
    workspace: sorted(source.workspaceSettings),
    files: [...source.tree].flatMap(([path, entry]) => (ROOT_FILES.test(path) ? [[path, entry.mode, entry.oid]] : [])),
  };
}

/** What the root's own package uses can be reached from every folder below; a service is nobody's library by that. */
function rootFolders(source: Source, services: readonly Buildable[]): readonly string[] {
  const own = new Set(services.map(folderOf));
  return closure(source, "").filter((folder) => folder !== "" && !own.has(folder));
}

function lockOf(source: Source, folders: readonly string[]): string | null {
  const { lock } = source;
  if (lock.kind === "none") return null;
  if (lock.kind !== "pnpm" || lock.slices === null) return sha256(lock.text);
  const { slices } = lock;
  const importers = [".", ...folders].filter((folder) => slices.importers.has(folder));
  // A package that the lock file does not know: the installation will say so; until then the whole file counts.
  const known = folders.every((folder) => !source.packages.has(folder) || slices.importers.has(folder || "."));
  const reached = known ? reachLock(slices, importers) : null;
  return sha256(reached === null ? lock.text : [slices.common, ...reached].join("\n"));
}

/** The same value in whatever order its keys were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, one]) => [key, sorted(one)]);
}

const lostService = (service: Buildable, commit: string): Problem =>
  problem(
    "service-not-in-commit",
    `Service ${service.name}: there is no folder ${JSON.stringify(service.path)} in commit ${commit.slice(0, 7)}`,
    "Commit it, or correct its `path`",
  );

const leadsOut = (service: string, path: string): Problem =>
  problem(
    "symlink-leads-out",
    `Service ${service}: the committed symlink ${JSON.stringify(path)} leads out of the fleet's folder`,
    "Make it point to something that is committed with the fleet: a build takes nothing else from this machine",
  );

const lostInput = (service: string, path: string): Problem =>
  problem(
    "input-not-in-commit",
    `Service ${service}: its build input ${JSON.stringify(path)} is not in the commit`,
    "Commit it, or correct `build.inputs`",
  );
