import { imagePlace } from "../../fleet/image-name.ts";
import { runtime } from "../../io/runtime.ts";
import { Refused } from "../../problem.ts";
import type { ArtifactState } from "../artifact.ts";
import type { ArtifactsAt } from "../artifact-kind.ts";
import { chosenServices } from "../chosen-services.ts";
import { readSource } from "../source/read-source.ts";
import type { Buildable } from "../source/source.ts";
import { hashServices, type TreeHash } from "../source/tree-hash.ts";
import { findImages } from "./find-images.ts";
import type { ImageParts } from "./image-parts.ts";
import { imageParts, readDockerfiles, withoutDockerfile } from "./image-source.ts";

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
  const all = Object.values(at.fleet.services);
  const { root, prefix, head } = at.repository;
  const source = await readSource({ root, prefix, commit: head, signal: at.signal }, all);
  const dockerfiles = await readDockerfiles({ folder: root, signal: at.signal }, { source, services: all });
  // What an image runs on is in it: of this machine only its architecture counts, where the fleet file names no platform.
  const builder = { node: "image", platform: runtime().platform };
  const more = (service: Buildable): unknown => {
    const dockerfile = dockerfiles.get(service.name);
    return dockerfile === undefined ? null : imageParts(source, service, dockerfile);
  };
  const { hashes, problems } = hashServices({ source, services: all, builder, more });
  const names = new Set(chosen.map(({ name }) => name));
  const refused = [
    ...problems.filter(({ service }) => names.has(service)).map((one) => one.problem),
    ...chosen.filter(({ name }) => hashes[name] !== undefined && !dockerfiles.has(name)).map(withoutDockerfile),
  ];
  if (refused.length > 0) throw new Refused(refused);
  return hashes;
}
