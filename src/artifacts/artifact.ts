import type { TreeHash } from "./source/tree-hash.ts";

/** What a build has made, and is there whole: a bundle or an image. */
export type Artifact = Readonly<{
  service: string;
  /** `sha256:<64 hex>`: the hash of a bundle's tree; an image's digest. */
  artifact: string;
  /** The commit that it was first built from. */
  commit: string;
  /** What a target starts it from: a bundle's absolute folder; `name@sha256:…`, or the id of an image that is not pushed. */
  source: string;
  version: string;
  /** argv of the package's own start script; empty when the fleet file, or the image, says how it is started. */
  start: readonly string[];
  /** False when it was there already. */
  built: boolean;
  /** What its build took; 0 when it was there already. */
  seconds: number;
}>;

/** What a build of a service at this commit makes, and whether it has been made already. */
export type ArtifactState = Readonly<{
  service: string;
  hash: TreeHash;
  /** What a revision made of it is called; null: only its build will tell. */
  artifact: string | null;
  /** Null when it has yet to be built. */
  found: Artifact | null;
}>;

export type BuildEvent = Readonly<
  | { kind: "reused"; service: string; artifact: string }
  | { kind: "building"; service: string }
  | { kind: "built"; service: string; artifact: string; seconds: number }
  | { kind: "failed"; service: string; error: unknown }
>;
