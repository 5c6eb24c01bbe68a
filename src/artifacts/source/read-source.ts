import { parse } from "yaml";
import { readBlobs } from "../git/blobs.ts";
import type { GitAt } from "../git/git.ts";
import { readTree, SYMLINK, type Tree } from "../git/tree.ts";
import { workspaceFolders } from "./folder-patterns.ts";
import { parsePackageJson } from "./package-json.ts";
import { slicePnpmLock } from "./pnpm-lock.ts";
import { type Buildable, folderOf, type Lock, type Package, type Source } from "./source.ts";

export type SourceAt = Readonly<{
  /** Absolute: the folder that holds the fleet file. */
  root: string;
  /** Of `root` in its repository. */
  prefix: string;
  commit: string;
  signal: AbortSignal;
}>;

const LOCKS = [
  ["pnpm", "pnpm-lock.yaml"],
  ["npm", "package-lock.json"],
  ["npm", "npm-shrinkwrap.json"],
  ["yarn", "yarn.lock"],
] as const;

/** Reads a commit, not the working tree: what is not committed is not there. A handful of git calls for any fleet. */
export async function readSource(at: SourceAt, services: readonly Buildable[]): Promise<Source> {
  const here: GitAt = { folder: at.root, signal: at.signal };
  const tree = await readTree(here, at);
  const read = (paths: readonly string[]) => textsOf(here, tree, paths);
  const lockFile = LOCKS.find(([, path]) => tree.has(path));
  const manifests = [...tree.keys()].filter((path) => path.endsWith("package.json") && !path.includes("node_modules/"));
  const links = [...tree].flatMap(([path, { mode }]) => (mode === SYMLINK ? [path] : []));
  const settings = ["pnpm-workspace.yaml", ...(lockFile === undefined ? [] : [lockFile[1]])];
  const texts = await read([...manifests, ...links, ...settings]);
  const rootPackage = parsePackageJson(texts.get("package.json") ?? "");
  const workspace = asRecord(texts.get("pnpm-workspace.yaml"));
  const patterns = listOf(workspace?.packages) ?? rootPackage?.workspaces ?? [];
  const wanted = workspaceFolders(patterns);
  const own = new Set(services.map(folderOf));
  const packages = new Map<string, Package>();
  for (const path of manifests) {
    if (path !== "package.json" && !path.endsWith("/package.json")) continue;
    const folder = path.slice(0, Math.max(0, path.length - "/package.json".length));
    const manifest = parsePackageJson(texts.get(path) ?? "");
    if (manifest !== null && (folder === "" || wanted(folder) || own.has(folder)))
      packages.set(folder, { folder, manifest });
  }
  const { packages: _packages, catalog: _catalog, catalogs: _catalogs, ...workspaceSettings } = workspace ?? {};
  return {
    commit: at.commit,
    tree,
    packages,
    links: new Map(links.map((path) => [path, texts.get(path) ?? ""])),
    rootPackage,
    workspaceSettings: workspace === null ? null : workspaceSettings,
    lock: lockFile === undefined ? { kind: "none" } : lockOf(lockFile[0], texts.get(lockFile[1]) ?? ""),
  };
}

function lockOf(kind: "pnpm" | "npm" | "yarn", text: string): Lock {
  return kind === "pnpm" ? { kind, text, slices: slicePnpmLock(text) } : { kind, text };
}

async function textsOf(here: GitAt, tree: Tree, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const oids = new Map(paths.flatMap((path) => (tree.has(path) ? [[path, tree.get(path)?.oid ?? ""]] : [])));
  const blobs = await readBlobs(here, [...oids.values()]);
  return new Map([...oids].map(([path, oid]) => [path, blobs.get(oid) ?? ""]));
}

function asRecord(text: string | undefined): Readonly<Record<string, unknown>> | null {
  if (text === undefined) return null;
  try {
    const value: unknown = parse(text, { maxAliasCount: 10 });
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    // The package manager will say what is wrong with it; until then its text counts as one setting.
    return { unread: text };
  }
}

const listOf = (value: unknown): string[] | null =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : null;
