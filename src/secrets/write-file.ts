import { join } from "node:path";
import { existingFile } from "../io/existing-file.ts";
import { writeDurably } from "../io/files.ts";
import { problem, Refused } from "../problem.ts";

/**
 * Puts a committed file's new content in its place, at once and for good; what it may be read by stays.
 * @throws Refused where the disk does not take it.
 */
export function writeFile(
  { root, file }: Readonly<{ root: string; file: string }>,
  content: string | Uint8Array,
): void {
  const path = join(root, file);
  try {
    const there = existingFile(path);
    // Neither recipients nor what is encrypted is a secret: whoever may read the repository may read it.
    writeDurably(there?.path ?? path, content, there?.mode ?? 0o644);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new Refused([{ ...problem("unwritable-file", `${file} cannot be written (${why})`), file }], 3);
  }
}
