import { createHash } from "node:crypto";

/** SHA-256 of UTF-8 text, in hex; the same whether it comes whole or in pieces. */
export function sha256(text: string | Iterable<string>): string {
  const hash = createHash("sha256");
  if (typeof text === "string") hash.update(text);
  else for (const piece of text) hash.update(piece);
  return hash.digest("hex");
}
