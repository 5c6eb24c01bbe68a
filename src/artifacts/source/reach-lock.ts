import type { PnpmLock } from "./pnpm-lock.ts";
import { resolveFolder } from "./resolve-folder.ts";

/**
 * The entries of the lock file that some importers reach, themselves included; sorted. Null when a link leads nowhere:
 * then nobody can tell, and the whole file counts.
 */
export function reachLock(lock: PnpmLock, importers: readonly string[]): readonly string[] | null {
  const reached = new Map<string, string>();
  const open: Step[] = importers.map((name) => ({ kind: "importers", key: name }));
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const place = `${step.kind} ${step.key}`;
    if (reached.has(place)) continue;
    const text = lock[step.kind].get(step.key);
    if (text === undefined) return null;
    reached.set(place, text);
    if (step.kind === "packages") continue;
    if (step.kind === "snapshots") open.push({ kind: "packages", key: withoutPeers(step.key) });
    for (const [name, version] of step.kind === "importers" ? importerEdges(text) : snapshotEdges(text)) {
      const next = follow(lock, { from: step, name, version });
      if (next === null) return null;
      open.push(next);
    }
  }
  return [...reached].sort(([a], [b]) => (a < b ? -1 : 1)).map(([place, text]) => `${place}\n${text}`);
}

type Step = Readonly<{ kind: "importers" | "packages" | "snapshots"; key: string }>;

function follow(lock: PnpmLock, edge: Readonly<{ from: Step; name: string; version: string }>): Step | null {
  const { from, name, version } = edge;
  if (version.startsWith("link:")) {
    // A link of a package that is itself a copy of a folder is relative to the root.
    const folder = resolveFolder(from.kind === "importers" ? from.key : ".", version.slice("link:".length));
    return folder !== null && lock.importers.has(folder === "" ? "." : folder)
      ? { kind: "importers", key: folder === "" ? "." : folder }
      : null;
  }
  const key = [`${name}@${version}`, version].find((one) => lock.snapshots.has(one));
  return key === undefined ? null : { kind: "snapshots", key };
}

const withoutPeers = (key: string): string => (key.includes("(") ? key.slice(0, key.indexOf("(")) : key);

const GROUP = /^ {4}(\w+):/;
const NAME = /^ {6}(\S+):(?: (\S+))?$/;
const VERSION = /^ {8}version: (\S+)$/;

/** `group:` / `name:` / `version: …`, at four, six and eight spaces. */
function importerEdges(text: string): [string, string][] {
  const edges: [string, string][] = [];
  let name = "";
  for (const line of text.split("\n")) {
    name = unquoted(NAME.exec(line)?.[1] ?? name);
    const version = VERSION.exec(line)?.[1];
    if (version !== undefined) edges.push([name, unquoted(version)]);
  }
  return edges;
}

/** `dependencies:` and `optionalDependencies:` hold `name: version`; the other groups are lists. */
function snapshotEdges(text: string): [string, string][] {
  const edges: [string, string][] = [];
  let within = false;
  for (const line of text.split("\n")) {
    const group = GROUP.exec(line)?.[1];
    if (group !== undefined) within = group === "dependencies" || group === "optionalDependencies";
    const [, name, version] = NAME.exec(line) ?? [];
    if (within && name !== undefined && version !== undefined) edges.push([unquoted(name), unquoted(version)]);
  }
  return edges;
}

const unquoted = (text: string): string => (/^'.*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text);
