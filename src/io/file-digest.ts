import { createHash } from "node:crypto";
import { filePieces } from "./file-pieces.ts";

const PIECE = 1024 * 1024;

/** How large a file is and its SHA-256 in hex; null where there is none that can be read. */
export async function fileDigest(path: string): Promise<Readonly<{ bytes: number; sha256: string }> | null> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of filePieces(path, PIECE)) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    if (/^(?:ENOENT|EISDIR|EACCES|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  return { bytes, sha256: hash.digest("hex") };
}
