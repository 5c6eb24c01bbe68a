import { imagePlace } from "../../fleet/image-name.ts";
import { Refused } from "../../problem.ts";
import type { ArtifactState } from "../artifact.ts";
import type { ArtifactsAt } from "../artifact-kind.ts";
import { chosenServices } from "../chosen-services.ts";
import type { Buildable } from "../source/source.ts";
import type { TreeHash } from "../source/tree-hash.ts";
import { findImages } from "./find-images.ts";
import { hashImages } from "./hash-images.ts";
import type { ImageParts } from "./image-parts.ts";
import { withoutDockerfile } from "./image-source.ts";

/** What the services' images are made of at a commit, and which of them are there. Reads and builds nothing. */
export async function imagesAt(parts: ImageParts, at: ArtifactsAt): Promise<Readonly<Record<string, ArtifactState>>> {
  const chosen = chosenServices(at);
  const hashes = await hashesAt(at, chosen);
  const wanted = chosen.map((service) => {
    const hash = hashes[service.name];
    if (hash === undefined) throw new Error(`${service.name} has no hash`);
    return { service: service.name, hash, place: imagePlace(at.fleet, service.name) };
  });
  const found = await findImages(parts, { wanted, verified: at.verified, fleet: at.fleet.name });
  return Object.fromEntries(
    wanted.map(({ service, hash }) => {
      const artifact = found.get(service) ?? null;
      return [service, { service, hash, artifact: artifact?.artifact ?? null, found: artifact }];
    }),
  );
}

async function hashesAt(at: ArtifactsAt, chosen: readonly Buildable[]): Promise<Readonly<Record<string, TreeHash>>> {
  const { root, prefix, head: commit } = at.repository;
  const all = Object.values(at.fleet.services);
  const { hashes, problems, without } = await hashImages({ root, prefix, commit, signal: at.signal }, all);
  const names = new Set(chosen.map(({ name }) => name));
  const refused = [
    ...problems.filter(({ service }) => names.has(service)).map((one) => one.problem),
    ...chosen.filter(({ name }) => hashes[name] !== undefined && without.has(name)).map(withoutDockerfile),
  ];
  if (refused.length > 0) throw new Refused(refused);
  return hashes;
}
