import { join } from "node:path";
import pLimit from "p-limit";
import { listFolder } from "../io/folders.ts";
import { isFolderInside } from "../io/inside.ts";
import { readBytesIfThere } from "../io/read-bytes.ts";
import { type WorkspacePackages, workspacePackages } from "../io/workspace-packages.ts";
import { CONTRACTS } from "./contract-names.ts";
import { exposedPorts, packageOf, variableNames } from "./facts.ts";
import type { Found, FoundFolder } from "./found.ts";

export type Wanted = Readonly<{
  /** Folders to look at, relative to the root. */
  paths: readonly string[];
  /** Look through the repository for services that may be meant by their names. */
  search: boolean;
}>;

const READ_AT_MOST = 1024 * 1024;
const DEEPEST = 4;
const MOST_FOLDERS = 20_000;
const NEVER = new Set("node_modules dist build coverage vendor target test tests fixtures __fixtures__ e2e".split(" "));
const MIGRATIONS = ["migrations", "db/migrations", "database/migrations", "sql/migrations"];

/** Reads from the repository what the fleet file need not say. Unreadable things are as if they were not there. */
export async function discover(root: string, wanted: Wanted = { paths: [], search: true }): Promise<Found> {
  const missing = new Set<string>();
  const paths = new Set(wanted.paths);
  const workspace = wanted.search ? await workspacePackages(root) : null;
  for (const path of [...(workspace?.folders ?? []), ...(wanted.search ? ["."] : [])]) paths.add(path);
  if (wanted.search) for (const path of await likelyFolders(root, await isIncomplete(root, workspace))) paths.add(path);
  const limit = pLimit(16);
  const looked = await Promise.all(
    [...paths].sort().map((path) =>
      limit(async () => {
        if (path.split("/").includes("..")) return null;
        if (await isFolderInside(root, join(root, path))) return lookAt(root, path);
        missing.add(path);
        return null;
      }),
    ),
  );
  const folders = new Map(looked.filter((folder) => folder !== null).map((folder) => [folder.path, folder]));
  return { packageManager: await packageManager(root), folders, missing };
}

/** Without a lock file a workspace is not recognised as one: its packages are looked for in the folders. */
async function isIncomplete(root: string, workspace: WorkspacePackages | null): Promise<boolean> {
  if (workspace === null) return true;
  return workspace.tool === "root" && /"workspaces"\s*:/.test((await textOf(join(root, "package.json"))) ?? "");
}

async function packageManager(root: string): Promise<Found["packageManager"]> {
  const names = new Set((await listFolder(root))?.map((entry) => entry.name));
  if (names.has("pnpm-workspace.yaml") || names.has("pnpm-lock.yaml")) return "pnpm";
  if (names.has("yarn.lock")) return "yarn";
  return names.has("package.json") ? "npm" : null;
}

/** Folders with a Dockerfile, and with a package.json where no workspace says which packages there are. */
async function likelyFolders(root: string, packages: boolean): Promise<readonly string[]> {
  const found: string[] = [];
  let level = ["."];
  let looked = 0;
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (++looked > MOST_FOLDERS) return found;
      const entries = (await listFolder(join(root, folder)).catch(() => null)) ?? [];
      const here = new Set(entries.filter((entry) => entry.kind === "file").map((entry) => entry.name));
      if (here.has("Dockerfile") || (packages && here.has("package.json"))) found.push(folder);
      for (const entry of entries) {
        if (entry.kind !== "folder" || entry.name.startsWith(".") || NEVER.has(entry.name)) continue;
        next.push(folder === "." ? entry.name : `${folder}/${entry.name}`);
      }
    }
    level = next;
  }
  return found;
}

async function lookAt(root: string, path: string): Promise<FoundFolder> {
  const folder = join(root, path);
  const [manifest, dockerfile, example] = await Promise.all(
    ["package.json", "Dockerfile", ".env.example"].map((name) => textOf(join(folder, name))),
  );
  return {
    path,
    package: packageOf(manifest ?? null),
    dockerfile: typeof dockerfile === "string",
    ports: exposedPorts(dockerfile ?? ""),
    variables: typeof example === "string" ? variableNames(example) : null,
    migrations: await firstOf(MIGRATIONS, (name) => hasMigrations(join(folder, name))),
    contract: await firstOf(CONTRACTS, async (name) => (await textOf(join(folder, name), 1)) !== null),
  };
}

async function hasMigrations(folder: string): Promise<boolean> {
  const entries = await listFolder(folder).catch(() => null);
  return entries?.some((entry) => entry.kind === "file" && entry.name.endsWith(".up.sql")) ?? false;
}

async function firstOf(names: readonly string[], holds: (name: string) => Promise<boolean>): Promise<string | null> {
  for (const name of names) if (await holds(name)) return name;
  return null;
}

async function textOf(path: string, most = READ_AT_MOST): Promise<string | null> {
  const bytes = await readBytesIfThere(path, most).catch(() => null);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
