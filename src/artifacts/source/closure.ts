import { resolveFolder } from "./resolve-folder.ts";
import type { Package, Source } from "./source.ts";

/**
 * The folders of packages of the workspace that a folder's package is built with, dependencies before their users, the
 * folder itself last. Cycles are cut where they close.
 */
export function closure(source: Source, folder: string): readonly string[] {
  const byName = namesOf(source);
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (at: string): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const found = source.packages.get(at);
    for (const next of found === undefined ? [] : neighbours(byName, found)) visit(next);
    order.push(at);
  };
  visit(folder);
  return order;
}

const indexes = new WeakMap<Source["packages"], ReadonlyMap<string, string>>();

function namesOf(source: Source): ReadonlyMap<string, string> {
  let names = indexes.get(source.packages);
  if (names === undefined) {
    names = new Map([...source.packages.values()].map((one) => [one.manifest.name, one.folder]));
    indexes.set(source.packages, names);
  }
  return names;
}

/** A dependency of a package's name may also be taken from a registry: then the workspace's counts for nothing, and does no harm. */
function neighbours(byName: ReadonlyMap<string, string>, from: Package): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = from.manifest;
  const all = { ...peerDependencies, ...optionalDependencies, ...devDependencies, ...dependencies };
  return Object.entries(all).flatMap(([name, specifier]) => {
    const path = /^(?:file|link|portal):(.+)$/.exec(specifier)?.[1];
    // `workspace:other@*` takes the package `other` under this name.
    const alias = /^workspace:(@?[^@]+)@/.exec(specifier)?.[1];
    const folder = path === undefined ? byName.get(alias ?? name) : resolveFolder(from.folder, path);
    return folder === undefined || folder === null || folder === from.folder ? [] : [folder];
  });
}
