import type { ImagePlace } from "../../fleet/image-name.ts";
import type { Artifact } from "../artifact.ts";
import type { TreeHash } from "../source/tree-hash.ts";
import type { EngineImage } from "./engine.ts";
import type { ImageParts } from "./image-parts.ts";
import { type ImageRecord, readRecord, recordFile, recordOfArtifact, writeRecord } from "./image-record.ts";
import { artifactOf, sourceOf } from "./image-source-name.ts";
import { type Birth, birthOf, treeTag } from "./labels.ts";
import { birthIn } from "./registries.ts";
import { tagMoved } from "./tag-moved.ts";

export type Wanted = Readonly<{ service: string; hash: TreeHash; place: ImagePlace }>;

export type Finding = Readonly<{
  wanted: readonly Wanted[];
  fleet: string;
  /** Sources that the environment before has verified, newest first. */
  verified: Readonly<Record<string, readonly string[]>> | null;
}>;

/** Asked of an earlier environment's marks, at most. */
const MARKS = 10;

/**
 * The images that exist of these trees, by service: asked of the registry, or of the engine where nothing is pushed. What was verified
 * before is taken by its digest, whatever its tags say. Refuses a tag that means another image than this machine has seen under it.
 */
export async function findImages(
  parts: ImageParts,
  { wanted, verified }: Finding,
): Promise<ReadonlyMap<string, Artifact>> {
  const local = wanted.some(({ place }) => !place.pushed)
    ? await parts.engine.inspect(
        wanted.filter(({ place }) => !place.pushed).map(({ place, hash }) => `${place.name}:${treeTag(hash.artifact)}`),
        { service: null, step: "asking the engine for images that are built" },
      )
    : [];
  const found = await Promise.all(
    wanted.map(async (one): Promise<readonly (readonly [string, Artifact])[]> => {
      const record = await findOne(parts, one, { local, verified: verified?.[one.service]?.slice(0, MARKS) ?? null });
      return record === null ? [] : [[one.service, artifactFrom(one.place, record)]];
    }),
  );
  return new Map(found.flat());
}

const artifactFrom = (place: ImagePlace, { service, artifact, commit, version }: ImageRecord): Artifact => ({
  service,
  artifact,
  commit,
  source: sourceOf(place, artifact),
  version,
  start: [],
  built: false,
  seconds: 0,
});

async function findOne(
  parts: ImageParts,
  wanted: Wanted,
  { local, verified }: Readonly<{ local: readonly EngineImage[]; verified: readonly string[] | null }>,
): Promise<ImageRecord | null> {
  const { service, hash, place } = wanted;
  const tag = `${place.name}:${treeTag(hash.artifact)}`;
  const tagged = place.pushed
    ? await taggedInRegistry(parts, wanted)
    : (local.find(({ tags }) => tags.includes(tag))?.id ?? null);
  const known = await readRecord({ state: parts.state, service }, hash.artifact);
  if (known !== null && known.name === place.name && tagged !== null && tagged !== known.artifact) {
    const file = recordFile({ state: parts.state, service }, hash.artifact);
    throw tagMoved({
      service,
      tag,
      expected: known.artifact,
      found: tagged,
      by: "as this machine recorded",
      otherwise: `if it was meant, remove ${file}`,
    });
  }
  const before = verified === null ? null : await verifiedOf(parts, wanted, verified);
  if (before !== null) {
    if (tagged !== null && tagged !== before.artifact) {
      const by = "as the environment before has verified it";
      throw tagMoved({
        service,
        tag,
        expected: before.artifact,
        found: tagged,
        by,
        otherwise: "deploy there again if it was meant",
      });
    }
    return before;
  }
  const artifact =
    tagged ??
    (known !== null && known.name === place.name && (await isThere(parts, wanted, known.artifact))
      ? known.artifact
      : null);
  if (artifact === null) return null;
  if (known !== null && known.artifact === artifact && known.name === place.name) return known;
  const birth = await birthOfImage(parts, { service, place, artifact, step: "reading what its image was made from" });
  // Somebody else's image under our tag is none of ours.
  if (birth === null || birth.tree !== hash.artifact || birth.service !== service) {
    const found = birth === null ? "no image of Sampan's" : `made of ${birth.service}, ${birth.tree.slice(0, 19)}`;
    throw tagMoved({
      service,
      tag,
      expected: hash.artifact,
      found: artifact,
      by: `it is ${found}`,
      otherwise: "remove the tag if it was meant",
    });
  }
  return keep(parts, { place, artifact, birth });
}

const taggedInRegistry = ({ registries }: ImageParts, { service, hash, place }: Wanted): Promise<string | null> => {
  const { registry, place: where } = registries.of(place.name);
  const about = { repository: where.repository, service, step: "asking for its image" };
  return registry.digestOf(about, treeTag(hash.artifact));
};

async function isThere(parts: ImageParts, { service, place }: Wanted, artifact: string): Promise<boolean> {
  const step = "asking for its image by digest";
  if (!place.pushed) return (await parts.engine.inspect([artifact], { service, step })).length > 0;
  const { registry, place: where } = parts.registries.of(place.name);
  return (await registry.digestOf({ repository: where.repository, service, step }, artifact)) !== null;
}

/** The newest verified artifact that was made of this very tree. */
async function verifiedOf(parts: ImageParts, wanted: Wanted, sources: readonly string[]): Promise<ImageRecord | null> {
  const { service, hash, place } = wanted;
  for (const source of sources) {
    const artifact = artifactOf(source);
    const known = await recordOfArtifact({ state: parts.state, service }, artifact);
    if (known !== null && known.tree !== hash.artifact) continue;
    if (known !== null && known.name === place.name) return known;
    if (source !== sourceOf(place, artifact)) continue;
    const birth = await birthOfImage(parts, { service, place, artifact, step: "reading what was verified before" });
    if (birth?.tree === hash.artifact) return keep(parts, { place, artifact, birth });
  }
  return null;
}

export type BirthAsked = Readonly<{ service: string; place: ImagePlace; artifact: string; step: string }>;

/** From the engine where it is there under its digest, else from the registry. Null: it is nowhere, or not of Sampan. */
export async function birthOfImage(
  parts: ImageParts,
  { service, place, artifact, step }: BirthAsked,
): Promise<Birth | null> {
  if (!place.pushed) {
    const [image] = await parts.engine.inspect([artifact], { service, step });
    return image === undefined ? null : birthOf(image.labels);
  }
  const { registry, place: where } = parts.registries.of(place.name);
  const about = { repository: where.repository, service, step };
  const manifest = await registry.manifest(about, artifact);
  return manifest === null ? null : birthIn(registry, about, manifest);
}

type Kept = Readonly<{ place: ImagePlace; artifact: string; birth: Birth }>;

export function keep({ state }: ImageParts, { place, artifact, birth }: Kept): ImageRecord {
  const { service, tree, folder, commit, version } = birth;
  const record: ImageRecord = { formatVersion: 1, service, name: place.name, tree, artifact, folder, commit, version };
  writeRecord(state, record);
  return record;
}
