import { runtime } from "../../io/runtime.ts";
import { readSource, type SourceAt } from "../source/read-source.ts";
import type { Buildable } from "../source/source.ts";
import { hashServices } from "../source/tree-hash.ts";
import { imageParts, readDockerfiles } from "./image-source.ts";

/** What each service's image is made of at a commit; `without`: those that have no Dockerfile there. Asks no engine and no registry. */
export async function hashImages(
  at: SourceAt,
  services: readonly Buildable[],
): Promise<ReturnType<typeof hashServices> & Readonly<{ without: ReadonlySet<string> }>> {
  const source = await readSource(at, services);
  const dockerfiles = await readDockerfiles({ folder: at.root, signal: at.signal }, { source, services });
  // What an image runs on is in it: of this machine only its architecture counts, where the fleet file names no platform.
  const builder = { node: "image", platform: runtime().platform };
  const more = (service: Buildable): unknown => {
    const dockerfile = dockerfiles.get(service.name);
    return dockerfile === undefined ? null : imageParts(source, service, dockerfile);
  };
  const without = new Set(services.map(({ name }) => name).filter((name) => !dockerfiles.has(name)));
  return { ...hashServices({ source, services, builder, more }), without };
}
