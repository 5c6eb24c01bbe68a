import type { EngineImage } from "./engine.ts";

const HOUR = 3_600_000;

/**
 * What is younger than an hour, another deployer may have made and be about to use. An image that has names and no time at which it got them is
 * getting its first one at this very moment: the engine writes the name down before the time.
 */
export const isYoung = ({ tags, taggedAt }: Pick<EngineImage, "tags" | "taggedAt">, now: number): boolean =>
  now - taggedAt < HOUR || (taggedAt === 0 && tags.length > 0);
