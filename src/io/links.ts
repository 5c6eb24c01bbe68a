import { readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Makes the symbolic links that a package lists in a JSON file as `[{ source, target }]`, relative to its root, because
 * npm packages cannot hold any. Those that exist stay as they are.
 */
export async function hydrateLinks(root: string, list: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(list, "utf8").catch(() => "[]"));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links as { source: string; target: string }[]) {
    const at = join(root, target);
    try {
      await symlink(relative(dirname(at), join(root, source)), at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // A read-only installation: whatever is missing there will say so itself.
      if (code !== "EEXIST" && code !== "EROFS" && code !== "EACCES") throw error;
    }
  }
}
