import { runtime } from "../io/runtime.ts";
import { hashImages } from "./images/hash-images.ts";
import { readSource, type SourceAt } from "./source/read-source.ts";
import type { Buildable } from "./source/source.ts";
import { hashServices, type TreeHash } from "./source/tree-hash.ts";

/** What the services' artifacts are made of at a commit, by name; a service that is not in that commit is not in it. Looks for no artifact. */
export async function madeOf(
  at: SourceAt,
  { services, kind }: Readonly<{ services: readonly Buildable[]; kind: "bundle" | "image" }>,
): Promise<Readonly<Record<string, TreeHash>>> {
  if (kind === "image") return (await hashImages(at, services)).hashes;
  return hashServices({ source: await readSource(at, services), services, builder: runtime() }).hashes;
}
