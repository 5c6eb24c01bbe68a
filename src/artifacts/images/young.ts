import type { EngineImage } from "./engine.ts";
import { isUnderWay } from "./unfinished.ts";

/** How long an image is left alone, in milliseconds: what is younger, another deployer may have made and be about to use. */
export const YOUNG = 3_600_000;

/** `taggedAt` is 0 where the engine did not name it itself, as with what a builder gives it and what is pulled. */
export const isYoung = ({ tags, taggedAt }: Pick<EngineImage, "tags" | "taggedAt">, now: number): boolean =>
  now - taggedAt < YOUNG || tags.some((tag) => isUnderWay(tag, now));
