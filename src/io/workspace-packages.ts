import { realpath } from "node:fs/promises";
import { getPackages } from "@manypkg/get-packages";

export type WorkspacePackages = Readonly<{
  /** `root`: a repository with one package and no workspace. */
  tool: string;
  /** Folders of the packages, relative to the root, with forward slashes; the root's own is ".". */
  folders: readonly string[];
}>;

/** The packages of the workspace whose root is this folder; null when it is none, or cannot be understood. */
export async function workspacePackages(root: string): Promise<WorkspacePackages | null> {
  try {
    const { tool, packages, rootDir } = await getPackages(root);
    if ((await realpath(rootDir)) !== (await realpath(root))) return null;
    const folders = packages.map(({ relativeDir }) => relativeDir.replaceAll("\\", "/") || ".");
    return { tool: tool.type, folders: [...new Set(folders)].sort() };
  } catch {
    // Broken manifests of packages that are no services must not be in the way: the folders are looked at one by one instead.
    return null;
  }
}
