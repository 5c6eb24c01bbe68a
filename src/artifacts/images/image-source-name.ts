import type { ImagePlace } from "../../fleet/image-name.ts";

/** What a target starts an image from: `name@sha256:…`; the bare id of one that is in no registry. */
export const sourceOf = ({ name, pushed }: ImagePlace, artifact: string): string =>
  pushed ? `${name}@${artifact}` : artifact;

export const artifactOf = (source: string): string => source.slice(source.lastIndexOf("@") + 1);
