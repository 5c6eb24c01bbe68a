import type { ImageName } from "../../fleet/image-name.ts";
import { parseImageName } from "../../fleet/image-name.ts";
import { type Birth, birthOf } from "./labels.ts";
import { type About, type Manifest, Registry, type RegistryOptions } from "./registry/registry.ts";

/** The registry of an image's name, each asked through one client. */
export class Registries {
  readonly #options: Omit<RegistryOptions, "registry">;
  readonly #known = new Map<string, Registry>();

  constructor(options: Omit<RegistryOptions, "registry">) {
    this.#options = options;
  }

  of(name: string): Readonly<{ registry: Registry; place: ImageName }> {
    const place = parseImageName(name);
    if (place === null) throw new Error(`${JSON.stringify(name)} is no image's name`);
    const known = this.#known.get(place.registry) ?? new Registry({ ...this.#options, registry: place.registry });
    this.#known.set(place.registry, known);
    return { registry: known, place };
  }
}

/** What an image in a registry says of itself: by its configuration, which is small. */
export async function birthIn(registry: Registry, about: About, manifest: Manifest): Promise<Birth | null> {
  const { config, manifests } = JSON.parse(manifest.body.toString("utf8")) as {
    config?: { digest?: string };
    manifests?: readonly { digest: string; platform?: { os?: string } }[];
  };
  if (config?.digest === undefined) {
    const [first] = (manifests ?? []).filter(({ platform }) => platform?.os !== "unknown");
    const inner = first === undefined ? null : await registry.manifest(about, first.digest);
    return inner === null || inner.digest === manifest.digest ? null : birthIn(registry, about, inner);
  }
  const blob = await registry.blob(about, config.digest);
  if (blob === null) return null;
  const { config: inside } = JSON.parse(blob.toString("utf8")) as {
    config?: { Labels?: Record<string, string> | null };
  };
  return birthOf(inside?.Labels);
}
