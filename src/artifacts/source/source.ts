import type { Service } from "../../fleet/fleet.ts";
import type { Tree } from "../git/tree.ts";
import type { PackageJson } from "./package-json.ts";
import type { PnpmLock } from "./pnpm-lock.ts";
import { resolveFolder } from "./resolve-folder.ts";

export type Package = Readonly<{ folder: string; manifest: PackageJson }>;

export type Lock = Readonly<
  | { kind: "pnpm"; text: string; slices: PnpmLock | null }
  | { kind: "npm"; text: string }
  | { kind: "yarn"; text: string }
  | { kind: "none" }
>;

/** All that the artifacts of a fleet can depend on at one commit, as data. */
export type Source = Readonly<{
  commit: string;
  tree: Tree;
  /** By folder relative to the fleet's root: the workspace's packages and the services. */
  packages: ReadonlyMap<string, Package>;
  /** Committed symlinks: path → what they point at, as written. */
  links: ReadonlyMap<string, string>;
  rootPackage: PackageJson | null;
  /** pnpm-workspace.yaml without its lists of packages and catalogs; null where there is none. */
  workspaceSettings: unknown;
  lock: Lock;
}>;

/** A service as far as its artifact depends on it. */
export type Buildable = Pick<Service, "name" | "path" | "build" | "start">;

/** Its folder as the tree knows it: `./services/a/` is `services/a`, and `.` is the empty path. */
export const folderOf = (service: Readonly<{ path: string }>): string =>
  resolveFolder("", service.path) ?? service.path;
