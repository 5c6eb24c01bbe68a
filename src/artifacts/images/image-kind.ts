import type { Fleet } from "../../fleet/fleet.ts";
import { imagePlace } from "../../fleet/image-name.ts";
import type { Clock } from "../../io/clock.ts";
import { problem, Refused } from "../../problem.ts";
import type { ArtifactKind, ArtifactOf } from "../artifact-kind.ts";
import { buildImages } from "./build-images.ts";
import { Engine } from "./engine.ts";
import { birthOfImage, keep } from "./find-images.ts";
import type { ImageParts } from "./image-parts.ts";
import { recordOfArtifact } from "./image-record.ts";
import { artifactOf } from "./image-source-name.ts";
import { imagesAt } from "./images-at.ts";
import { pruneImages } from "./prune-images.ts";
import { Registries } from "./registries.ts";
import { serviceFiles } from "./service-files.ts";

export type ImageKindOptions = Readonly<{
  fleet: Pick<Fleet, "name" | "image" | "services" | "root">;
  /** Absolute: the fleet's state folder. */
  state: string;
  /** Of the docker command, and to find Docker's configuration. */
  env: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
  log: (line: string) => void;
}>;

/** Images: built by this machine's engine, kept in a registry where the fleet file names one, and used by their digests. */
export function imageKind({ fleet, state, env, clock, signal, log }: ImageKindOptions): ArtifactKind {
  const parts: ImageParts = {
    state,
    root: fleet.root,
    engine: new Engine({ env, signal }),
    registries: new Registries({ env, clock, signal }),
    clock,
    signal,
    log,
  };
  return {
    kind: "image",
    look: (at) => imagesAt(parts, at),
    build: (order) => buildImages(parts, order),
    // Searched by its build, before it was pushed.
    leaks: async () => [],
    files: async ({ service, source }) => {
      const artifact = artifactOf(source);
      const place = imagePlace(fleet, service);
      const known = await recordOfArtifact({ state, service }, artifact);
      const asked = { service, place, artifact, step: "reading which files its image was made from" };
      const birth = known ?? (await birthOfImage(parts, asked));
      if (birth === null) {
        const what = `${service}: nothing says which files ${source} was made from`;
        throw new Refused(
          [problem("artifact-files-gone", what, "it was not built by Sampan, or is in no registry any more")],
          3,
        );
      }
      if (known === null && "fleet" in birth) keep(parts, { place, artifact, birth });
      return serviceFiles({ root: fleet.root, state, service, folder: birth.folder, commit: birth.commit, signal });
    },
    there: (of) => isThere(parts, of),
    prune: (order) => pruneImages(parts, fleet, order),
  };
}

/** In this engine already, or to be had from its registry. */
async function isThere({ engine, registries }: ImageParts, { service, source, signal }: ArtifactOf): Promise<boolean> {
  signal.throwIfAborted();
  const step = "asking for its image by digest";
  if ((await engine.inspect([source], { service, step })).length > 0) return true;
  const at = source.lastIndexOf("@");
  if (at === -1) return false;
  const { registry, place } = registries.of(source.slice(0, at));
  return (await registry.digestOf({ service, step, repository: place.repository }, artifactOf(source))) !== null;
}
