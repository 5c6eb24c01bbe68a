/** What a build is called until it is known to be whole. */
const UNFINISHED = "unfinished-";

/** How long a build may take before others hold it for dead, in milliseconds. */
const DAY = 86_400_000;

/** A tag that tells when its build began: the engine does not say when a builder gave it an image. */
export const unfinishedTag = (now: number, chance: string): string => `${UNFINISHED}${now.toString(36)}-${chance}`;

/** `name` is a whole one, with the repository. Null: it is no unfinished build's. */
export function unfinishedSince(name: string): number | null {
  const [, tag = ""] = /:([^:/]*)$/.exec(name) ?? [];
  if (!tag.startsWith(UNFINISHED)) return null;
  const [, since = "0"] = /^([0-9a-z]{1,10})-/.exec(tag.slice(UNFINISHED.length)) ?? [];
  return Number.parseInt(since, 36);
}

export function isUnderWay(name: string, now: number): boolean {
  const since = unfinishedSince(name);
  return since !== null && now - since < DAY;
}
