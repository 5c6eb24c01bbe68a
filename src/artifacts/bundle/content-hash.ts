import { posix } from "node:path";
import { StepFault } from "../../fault.ts";
import { sha256 } from "../../io/digest.ts";
import { fileDigest, walk } from "../../io/folders.ts";
import { MANIFEST } from "./manifest.ts";

/**
 * SHA-256 (hex) over the sorted paths, modes and contents of a bundle, its manifest apart. Throws a StepFault
 * (`unsafe-bundle`) for what no bundle may hold: symlinks that lead out of it, sockets, devices.
 */
export async function contentHash(folder: string, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  for (const { path, kind, mode, target } of walk(folder)) {
    signal.throwIfAborted();
    if (path === MANIFEST) continue;
    const shown = JSON.stringify(path);
    if (kind === "other") throw unsafe(`${shown} is neither a file, a folder nor a symlink`);
    if (kind === "symlink") {
      if (leadsOut(path, target)) throw unsafe(`the symlink ${shown} leads out of it, to ${JSON.stringify(target)}`);
      lines.push(`${shown} symlink ${JSON.stringify(target)}`);
    } else if (kind === "file") {
      lines.push(`${shown} ${(mode & 0o111) === 0 ? "file" : "program"} ${await fileDigest(`${folder}/${path}`)}`);
    }
  }
  return sha256(lines.sort().join("\n"));
}

/** By its text alone, so that a link through another link cannot pretend. */
export function leadsOut(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const led = posix.normalize(posix.join(posix.dirname(path), target));
  return led === ".." || led.startsWith("../");
}

const unsafe = (why: string): StepFault =>
  new StepFault({ code: "unsafe-bundle", message: `The bundle cannot be used: ${why}`, retry: "never" });
