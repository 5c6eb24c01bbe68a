import { type Buildable, folderOf, type Source } from "../source/source.ts";

/** How a service's bundle is filled; null when nothing here can do it. */
export function bundledBy(source: Source, service: Buildable): "command" | "copy" | "pnpm" | null {
  if (service.build.bundle !== null) return "command";
  const manifest = source.packages.get(folderOf(service))?.manifest;
  if (manifest === undefined) return null;
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  // Nothing to install beside it: its build has put all that it needs into its own folder.
  if (Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).length === 0) return "copy";
  return source.lock.kind === "pnpm" && source.workspaceSettings !== null ? "pnpm" : null;
}
