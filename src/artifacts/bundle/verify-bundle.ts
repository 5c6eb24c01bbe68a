import { contentHash } from "./content-hash.ts";
import { readManifest } from "./manifest.ts";

/** Reads all of a bundle: is it still what was built? Throws a StepFault `unsafe-bundle` for links that lead out of it. */
export async function verifyBundle(folder: string, signal: AbortSignal): Promise<"whole" | "changed" | "missing"> {
  const manifest = await readManifest(folder);
  if (manifest === null) return "missing";
  return (await contentHash(folder, signal)) === manifest.contentHash ? "whole" : "changed";
}
