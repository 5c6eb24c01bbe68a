import { sha256 } from "../io/digest.ts";

/** A folder's name that people can read and that no fleet, environment or service can talk its way out of. */
export function folderName(...words: readonly string[]): string {
  const readable = words.map(slug).join(".");
  return `${readable.slice(0, 60)}-${sha256(JSON.stringify(words)).slice(0, 12)}`;
}

export const slug = (word: string): string =>
  word
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 30) || "x";
