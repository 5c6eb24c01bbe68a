import type { ImagePlace } from "../../fleet/image-name.ts";
import { problem, Refused } from "../../problem.ts";
import type { ArtifactsAt } from "../artifact-kind.ts";
import type { ImageParts } from "./image-parts.ts";
import { tagMoved } from "./tag-moved.ts";

const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What people call the images of a commit: the whole commit, its short form and, where versions are tags, its tag. Never `latest`. */
export function commitTags({ fleet, repository }: Pick<ArtifactsAt, "fleet" | "repository">): readonly string[] {
  const { head, tags } = repository;
  const version = fleet.version === "tag" ? (tags[0] ?? null) : null;
  if (version !== null && (!TAG.test(version) || version === "latest" || version.startsWith("tree-"))) {
    throw new Refused([
      problem(
        "bad-tag",
        `the tag ${JSON.stringify(version)} of this commit can be no image's tag`,
        "use letters, digits, dots, dashes and underscores, 128 at most, and not latest: `git tag v1.4.0`",
      ),
    ]);
  }
  return [head, head.slice(0, 7), ...(version === null ? [] : [version])];
}

export type Tagging = Readonly<{ service: string; place: ImagePlace; artifact: string; tags: readonly string[] }>;

/** Gives what is there the commit's tags as well. A tag that already means another image is left as it is, and refused. */
export async function tagCommit(parts: ImageParts, all: readonly Tagging[]): Promise<void> {
  const local = await inEngine(parts, all);
  await Promise.all(all.map((one) => tagOne(parts, one, local)));
}

async function tagOne(parts: ImageParts, tagging: Tagging, local: ReadonlyMap<string, string>): Promise<void> {
  const { service, place, artifact, tags } = tagging;
  const there = place.pushed ? await inRegistry(parts, tagging) : byTag(tagging, local);
  const taken = tags.find((tag) => (there.get(tag) ?? artifact) !== artifact);
  if (taken !== undefined) {
    throw tagMoved({
      service,
      tag: `${place.name}:${taken}`,
      expected: artifact,
      found: there.get(taken) ?? "",
      by: "by the tree that this commit has",
      otherwise: "if it was meant (another platform, other build arguments), remove the tag",
    });
  }
  const missing = tags.filter((tag) => !there.has(tag));
  if (missing.length === 0) return;
  const step = `giving its image the tag ${missing.join(", ")}`;
  if (!place.pushed) {
    for (const tag of missing) await parts.engine.tag(artifact, `${place.name}:${tag}`, { service, step });
    return;
  }
  const { registry, place: where } = parts.registries.of(place.name);
  const about = { repository: where.repository, service, step };
  const manifest = await registry.manifest(about, artifact);
  if (manifest === null) throw new Error(`${place.name}@${artifact} is not in its registry any more`);
  for (const tag of missing) await registry.tag(about, tag, manifest);
}

async function inRegistry(
  { registries }: ImageParts,
  { service, place, tags }: Tagging,
): Promise<ReadonlyMap<string, string>> {
  const { registry, place: where } = registries.of(place.name);
  const about = { repository: where.repository, service, step: "asking for its image by the commit" };
  const digests = await Promise.all(tags.map((tag) => registry.digestOf(about, tag)));
  return new Map(tags.flatMap((tag, at) => (digests[at] == null ? [] : [[tag, digests[at]]])));
}

/** What these tags mean at the engine, by `name:tag`: asked once for all, since each question starts a command. */
async function inEngine({ engine }: ImageParts, all: readonly Tagging[]): Promise<ReadonlyMap<string, string>> {
  const local = all.filter(({ place }) => !place.pushed);
  const names = local.flatMap(({ place, tags }) => tags.map((tag) => `${place.name}:${tag}`));
  if (names.length === 0) return new Map();
  const service = local.length === 1 ? (local[0]?.service ?? null) : null;
  const images = await engine.inspect(names, { service, step: "asking the engine for images by the commit" });
  return new Map(images.flatMap(({ id, tags }) => tags.map((tag) => [tag, id])));
}

const byTag = ({ place, tags }: Tagging, local: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map(
    tags.flatMap((tag) => {
      const id = local.get(`${place.name}:${tag}`);
      return id === undefined ? [] : [[tag, id]];
    }),
  );
