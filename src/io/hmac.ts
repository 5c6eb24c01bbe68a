import { createHmac } from "node:crypto";

/** HMAC-SHA-256 of UTF-8 text under a key, in hex. */
export const hmacSha256 = (key: string, text: string): string =>
  createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex");
