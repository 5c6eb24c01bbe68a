import { realpath, stat } from "node:fs/promises";
import { sep } from "node:path";

/** Is this a folder that, links followed, lies inside the root? */
export async function isFolderInside(root: string, path: string): Promise<boolean> {
  try {
    const [outer, inner] = await Promise.all([realpath(root), realpath(path)]);
    if (inner !== outer && !inner.startsWith(outer.endsWith(sep) ? outer : outer + sep)) return false;
    return (await stat(inner)).isDirectory();
  } catch {
    return false;
  }
}
