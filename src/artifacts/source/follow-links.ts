import { resolveFolder } from "./resolve-folder.ts";
import type { Source } from "./source.ts";

/**
 * What the committed symlinks under some paths lead to elsewhere in the fleet: a build reads it too. `outside` are those
 * that lead out of it. One that leads to nothing committed counts by its own text only.
 */
export function followLinks(
  source: Source,
  paths: readonly string[],
): Readonly<{ reached: readonly string[]; outside: readonly string[] }> {
  const reached = new Set<string>();
  const outside = new Set<string>();
  const open = [...paths];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const [path, target] of source.links) {
      if (!within(at, path)) continue;
      const led = resolveFolder(path.slice(0, Math.max(0, path.lastIndexOf("/"))), target);
      if (led === null) outside.add(path);
      else if (source.tree.has(led) && !reached.has(led) && !paths.some((one) => within(one, led))) {
        reached.add(led);
        open.push(led);
      }
    }
  }
  return { reached: [...reached], outside: [...outside].sort() };
}

const within = (folder: string, path: string): boolean =>
  folder === "" || path === folder || path.startsWith(`${folder}/`);
