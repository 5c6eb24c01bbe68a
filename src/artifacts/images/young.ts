import type { EngineImage } from "./engine.ts";

/** How long an image is left alone, in milliseconds: what is younger, another deployer may have made and be about to use. */
export const YOUNG = 3_600_000;

/**
 * One that has names and no time at which it got them is getting its first one at this very moment: the engine writes the name down
 * before the time.
 */
export const isYoung = ({ tags, taggedAt }: Pick<EngineImage, "tags" | "taggedAt">, now: number): boolean =>
  now - taggedAt < YOUNG || (taggedAt === 0 && tags.length > 0);
