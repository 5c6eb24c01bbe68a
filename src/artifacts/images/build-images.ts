import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { type ImagePlace, imagePlace } from "../../fleet/image-name.ts";
import { writeDurably } from "../../io/files.ts";
import { systemRandom } from "../../io/random.ts";
import { problem, Refused } from "../../problem.ts";
import type { SecretValue } from "../../variables/spot-secrets.ts";
import type { Artifact, ArtifactState } from "../artifact.ts";
import type { BuildOrder } from "../artifact-kind.ts";
import { buildMissing } from "../build-missing.ts";
import { git } from "../git/git.ts";
import type { Buildable } from "../source/source.ts";
import { orDiskFull } from "../worktree/disk-full.ts";
import { BUILD_MARK, hold } from "../worktree/hold.ts";
import { secretArguments } from "./build-args.ts";
import { commitTags, tagCommit } from "./commit-tags.ts";
import { exportCommit } from "./export-commit.ts";
import { findImages, keep } from "./find-images.ts";
import type { ImageParts } from "./image-parts.ts";
import { sourceOf } from "./image-source-name.ts";
import { imagesAt } from "./images-at.ts";
import { birthOf, LABEL, treeTag } from "./labels.ts";
import { pushImage } from "./push-image.ts";
import { runBuild } from "./run-build.ts";
import { searchImage } from "./search/search-image.ts";
import { isUnderWay, unfinishedSince, unfinishedTag } from "./unfinished.ts";

/** Of an image that has not been searched for secrets: it has no other name yet. */

/** Builds, searches and pushes what is not there yet; what is there gets this commit's tags as well. */
export async function buildImages(parts: ImageParts, order: BuildOrder): Promise<Readonly<Record<string, Artifact>>> {
  const { events = () => undefined } = order;
  const tags = commitTags(order);
  const states = Object.values(order.known ?? (await imagesAt(parts, order)));
  refuseUnverified(order, states);
  const found = states.flatMap((state) => (state.found === null ? [] : [state.found]));
  const tagging = (all: readonly Artifact[]): Promise<void> =>
    tagCommit(
      parts,
      all.map(({ service, artifact }) => ({ service, artifact, tags, place: imagePlace(order.fleet, service) })),
    );
  await tagging(found);
  return buildMissing({
    states,
    concurrency: order.concurrency,
    events,
    place: (use) =>
      inPlace({ parts, order, states }, (site) =>
        use(async (state) => {
          const artifact = await buildOne({ ...site, parts, order, state });
          await tagging([artifact]);
          return artifact;
        }),
      ),
  });
}

/** What an environment before this one has not verified is not built for this one. */
function refuseUnverified({ verified }: BuildOrder, states: readonly ArtifactState[]): void {
  const missing = verified === null ? [] : states.filter(({ found }) => found === null);
  if (missing.length === 0) return;
  throw new Refused(
    missing.map(({ service }) =>
      problem(
        "not-verified-before",
        `${service}: no image of this commit was verified in the environment before, and none is built for this one`,
        "deploy this commit there first",
      ),
    ),
    3,
  );
}

type Site = Readonly<{
  /** Absolute: the exported commit. */
  folder: string;
  env: Readonly<Record<string, string>>;
  secrets: readonly SecretValue[];
  /** ISO 8601: the commit's. */
  created: string;
}>;

type Place = Readonly<{ parts: ImageParts; order: BuildOrder; states: readonly ArtifactState[] }>;

async function inPlace({ parts, order, states }: Place, use: (site: Site) => Promise<void>): Promise<void> {
  const { root, prefix, head } = order.repository;
  const missing = states.filter(({ found }) => found === null).map(({ service }) => service);
  const services = missing
    .map((name) => order.fleet.services[name])
    .filter((one): one is Buildable => one !== undefined);
  const secrets = await order.secrets();
  const problems = secretArguments(services, secrets);
  if (problems.length > 0) throw new Refused(problems, 3);
  await expectRoom(parts, order, missing);
  const { state, env, clock, signal, log } = order;
  const held = await hold({ root, prefix, state, env, clock, signal, log }).catch((error: unknown) => {
    throw orDiskFull(error, state);
  });
  try {
    // A state folder inside the repository must not make the working tree dirty.
    writeDurably(join(state, ".gitignore"), "*\n");
    const folder = await exportCommit({ root, prefix, state, commit: head, signal });
    const time = await git({ folder: root, signal }, { args: ["show", "--no-patch", "--format=%cI", head] });
    await removeUnfinished(parts, order);
    await use({
      folder,
      env: { ...env, [BUILD_MARK]: held.mark },
      secrets,
      created: time.stdout.toString("utf8").trim(),
    });
  } catch (error) {
    throw orDiskFull(error, state);
  } finally {
    held.release();
  }
}

/** A registry that would not take an image is told of before the image is built. */
async function expectRoom(
  { registries }: ImageParts,
  { fleet }: BuildOrder,
  services: readonly string[],
): Promise<void> {
  await Promise.all(
    services.map(async (service) => {
      const { name, pushed } = imagePlace(fleet, service);
      if (!pushed) return;
      const { registry, place } = registries.of(name);
      await registry.expectRoom({
        repository: place.repository,
        service,
        step: "asking whether its image may be pushed",
      });
    }),
  );
}

/** What a build that died left in the engine; younger ones may be another's. */
async function removeUnfinished({ engine, clock }: ImageParts, { fleet }: BuildOrder): Promise<void> {
  const about = { service: null, step: "looking for unfinished images" };
  for (const { tags } of await engine.labelled({ [LABEL.fleet]: fleet.name }, about)) {
    for (const tag of tags) {
      if (unfinishedSince(tag) !== null && !isUnderWay(tag, clock.now())) await engine.remove(tag);
    }
  }
}

type Built = Site & Readonly<{ parts: ImageParts; order: BuildOrder; state: ArtifactState }>;

async function buildOne(built: Built): Promise<Artifact> {
  const { parts, order, state } = built;
  const { service, hash } = state;
  const place = imagePlace(order.fleet, service);
  const { events = () => undefined } = order;
  // Whoever held the place before may have built it meanwhile.
  const again = await findImages(parts, {
    wanted: [{ service, hash, place }],
    fleet: order.fleet.name,
    verified: order.verified,
  });
  const there = again.get(service);
  if (there !== undefined) return there;
  events({ kind: "building", service });
  const from = order.clock.monotonic();
  const id = (await builtBefore(built, place)) ?? (await buildNew(built, place));
  const artifact = place.pushed
    ? await pushImage(parts, { service, place, tree: hash.artifact, commit: order.repository.head, env: built.env })
    : id;
  const [image] = await parts.engine.inspect([id], { service, step: "looking at its image" });
  const birth = birthOf(image?.labels);
  if (birth === null)
    throw new StepFault({
      code: "image-lost",
      message: `${service}: the engine has lost the image that it built`,
      retry: "safe",
    });
  const { commit, version } = keep(parts, { place, artifact, birth });
  const seconds = (order.clock.monotonic() - from) / 1000;
  events({ kind: "built", service, artifact, seconds });
  return { service, artifact, commit, source: sourceOf(place, artifact), version, start: [], built: true, seconds };
}

/** Of the same tree, and not pushed yet: it is searched again, since secrets may have changed. */
async function builtBefore(built: Built, place: ImagePlace): Promise<string | null> {
  const { service, hash } = built.state;
  const tag = `${place.name}:${treeTag(hash.artifact)}`;
  const [image] = await built.parts.engine.inspect([tag], { service, step: "asking the engine for its image" });
  const birth = birthOf(image?.labels);
  if (image === undefined || birth?.tree !== hash.artifact || birth.service !== service) return null;
  await search(built, image.id);
  return image.id;
}

async function buildNew(built: Built, place: ImagePlace): Promise<string> {
  const { parts, order, state, folder, env, created } = built;
  const { service: name, hash } = state;
  const service = order.fleet.services[name];
  if (service === undefined) throw new Error(`${name} is not of this fleet`);
  const { head, tags, remote } = order.repository;
  const unfinished = `${place.name}:${unfinishedTag(parts.clock.now(), systemRandom.hex(4))}`;
  const labels = {
    [LABEL.fleet]: order.fleet.name,
    [LABEL.service]: name,
    [LABEL.tree]: hash.artifact,
    [LABEL.folder]: hash.tree,
    [LABEL.revision]: head,
    [LABEL.version]: (order.fleet.version === "tag" ? tags[0] : undefined) ?? head.slice(0, 7),
    [LABEL.created]: created,
    ...(remote === null ? {} : { [LABEL.source]: remote.url }),
  };
  const log = join(order.state, "logs", `image-${name}-${head.slice(0, 12)}.log`);
  try {
    await runBuild({ service, folder, tag: unfinished, labels, env, log, signal: order.signal });
    const about = { service: name, step: "looking at its image" };
    const [image] = await parts.engine.inspect([unfinished], about);
    if (image === undefined)
      throw new StepFault({
        code: "image-lost",
        message: `${name}: the engine has lost the image that it built`,
        retry: "safe",
      });
    await search(built, image.id);
    await parts.engine.tag(image.id, `${place.name}:${treeTag(hash.artifact)}`, about);
    return image.id;
  } finally {
    await parts.engine.remove(unfinished).catch(() => undefined);
  }
}

/** A hit refuses the push, and with it the release. */
async function search({ parts, order, state, env, secrets }: Built, id: string): Promise<void> {
  const problems = await searchImage({
    service: state.service,
    id,
    secrets,
    state: parts.state,
    env,
    signal: order.signal,
  });
  if (problems.length > 0) throw new Refused(problems, 3);
}
