import { problem, Refused } from "../problem.ts";
import { type OpenFile, rawBytes } from "./open-file.ts";
import { type Sealing, seal } from "./seal.ts";
import { writeFile } from "./write-file.ts";

/**
 * Encrypts a text and puts it in a file's place, at once and for good.
 * @throws Refused where the file has changed since it was opened, or the recipients do not go together.
 */
export async function writeSealed(
  at: Readonly<{ root: string; file: string; opened: Pick<OpenFile, "bytes" | "armoured">; sealing: Sealing }>,
  text: string,
): Promise<void> {
  let sealed: Uint8Array;
  try {
    sealed = await seal(text, at.sealing, at.opened.armoured);
  } catch {
    const message = `${at.file} cannot be encrypted to these recipients together`;
    throw new Refused([
      problem("recipients-do-not-mix", message, "post-quantum keys (age1pq1…) go with their like only"),
    ]);
  }
  const now = await rawBytes(at);
  if (!same(now, at.opened.bytes)) {
    const message = `${at.file} has changed since it was opened: nothing was written`;
    throw new Refused([{ ...problem("changed-meanwhile", message, "do it again"), file: at.file }], 3);
  }
  writeFile(at, sealed);
}

const same = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.from(a).equals(Buffer.from(b));
