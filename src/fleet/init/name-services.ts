import { serviceName, unscoped } from "../found.ts";
import { NAME } from "../words.ts";
import type { FolderFacts } from "./facts.ts";

/** A name that a fleet file accepts, as near to the given one as possible. */
export function asName(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return NAME.test(plain) && plain !== "constructor" ? plain : `service-${plain}`.slice(0, 40).replace(/-+$/, "");
}

/** Folders called so say nothing: what they are in has the name. */
const GENERIC = new Set(["src", "app", "server", "service", "code", "docker", "container", "backend"]);

/** A name for each folder: its package's or its own; where two would be the same, by the whole path. */
export function nameServices(folders: readonly FolderFacts[], root: string): ReadonlyMap<string, FolderFacts> {
  const named = new Map<string, FolderFacts>();
  for (const facts of folders) {
    const { path, package: manifest } = facts.folder;
    const words = path.split("/");
    const own = path === "." ? root : (words.findLast((word) => !GENERIC.has(word)) ?? path);
    const short = asName(serviceName(manifest === null || manifest.name === "" ? own : unscoped(manifest.name)));
    let name = named.has(short) ? asName(path) : short;
    for (let number = 2; named.has(name); number++) name = `${short.slice(0, 36)}-${number}`;
    named.set(name, facts);
  }
  return named;
}
