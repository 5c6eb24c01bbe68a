import { imagePlace } from "../../fleet/image-name.ts";
import type { Pruned, PruneOrder } from "../artifact-kind.ts";
import type { ImageParts } from "./image-parts.ts";
import { birthOf, LABEL } from "./labels.ts";
import { isYoung, YOUNG } from "./young.ts";

type Fleet = Readonly<{ name: string; image: string | null; services: Readonly<Record<string, unknown>> }>;

/**
 * Takes this fleet's images away that are not in `keep`: from the engine their names and, with the last, themselves; from the registry
 * only when somebody asks, since others may use it whom nobody here can ask. What is called by other names is left.
 */
export async function pruneImages(parts: ImageParts, fleet: Fleet, order: PruneOrder): Promise<readonly Pruned[]> {
  const fromEngine = await pruneEngine(parts, fleet, order);
  return order.asked ? [...fromEngine, ...(await pruneRegistry(parts, fleet, order))] : fromEngine;
}

async function pruneEngine(
  { engine, clock }: ImageParts,
  fleet: Fleet,
  { keep }: PruneOrder,
): Promise<readonly Pruned[]> {
  const about = { service: null, step: "looking for images that nobody needs" };
  const pruned: Pruned[] = [];
  for (const image of await engine.labelled({ [LABEL.fleet]: fleet.name }, about)) {
    const service = birthOf(image.labels)?.service ?? "";
    const { name } = imagePlace(fleet, service);
    const digests = image.digests.filter((one) => one.startsWith(`${name}@`));
    const artifacts = [image.id, ...digests.map((one) => one.slice(name.length + 1))];
    if (service === "" || artifacts.some((one) => keep.has(one)) || isYoung(image, clock.now())) continue;
    const ours = image.tags.filter((tag) => tag.startsWith(`${name}:`));
    const gone: string[] = [];
    // Names first: an image that has others' names too stays under those, and one that a container uses stays as it is.
    for (const tag of ours) if (await engine.remove(tag)) gone.push(tag.slice(name.length + 1));
    if (image.tags.length === ours.length) for (const digest of digests) await engine.remove(digest);
    if (gone.length > 0) pruned.push({ service, artifact: artifacts[1] ?? image.id, from: "engine", tags: gone });
  }
  return pruned;
}

async function pruneRegistry(
  parts: ImageParts,
  fleet: Fleet,
  { keep, signal }: PruneOrder,
): Promise<readonly Pruned[]> {
  const pruned: Pruned[] = [];
  for (const service of Object.keys(fleet.services)) {
    const { name, pushed } = imagePlace(fleet, service);
    if (!pushed) continue;
    signal.throwIfAborted();
    pruned.push(...(await pruneRepository(parts, { service, name, fleet: fleet.name, keep })));
  }
  return pruned;
}

type Repository = Readonly<{ service: string; name: string; fleet: string; keep: ReadonlySet<string> }>;

async function pruneRepository(
  parts: ImageParts,
  { service, name, fleet, keep }: Repository,
): Promise<readonly Pruned[]> {
  const { registry, place } = parts.registries.of(name);
  const about = { repository: place.repository, service, step: "looking for images that nobody needs" };
  const byDigest = new Map<string, string[]>();
  for (const tag of await registry.tags(about)) {
    const digest = await registry.digestOf(about, tag);
    if (digest !== null && !keep.has(digest)) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag]);
  }
  const pruned: Pruned[] = [];
  for (const [digest, tags] of byDigest) {
    const made = await madeOf(parts, { about, name, digest });
    // Not of this fleet, or just made.
    if (made === null || made.fleet !== fleet || made.service !== service || parts.clock.now() - made.at < YOUNG)
      continue;
    const removed = await registry.remove(about, digest);
    if (removed === "not-allowed") {
      parts.log(`${name}: its registry allows no deletion`);
      return pruned;
    }
    if (removed === "removed") pruned.push({ service, artifact: digest, from: "registry", tags });
  }
  return pruned;
}

type About = Parameters<ReturnType<ImageParts["registries"]["of"]>["registry"]["digestOf"]>[0];

async function madeOf(
  { registries }: ImageParts,
  { about, name, digest }: Readonly<{ about: About; name: string; digest: string }>,
): Promise<Readonly<{ fleet: string; service: string; at: number }> | null> {
  const { registry } = registries.of(name);
  const manifest = await registry.manifest(about, digest);
  const { config } = JSON.parse(manifest?.body.toString("utf8") ?? "{}") as { config?: { digest?: string } };
  const blob = config?.digest === undefined ? null : await registry.blob(about, config.digest);
  const { created, config: inside } = JSON.parse(blob?.toString("utf8") ?? "{}") as {
    created?: string;
    config?: { Labels?: Record<string, string> | null };
  };
  const birth = birthOf(inside?.Labels);
  const at = Date.parse(created ?? "");
  return birth === null ? null : { fleet: birth.fleet, service: birth.service, at: Number.isFinite(at) ? at : 0 };
}
