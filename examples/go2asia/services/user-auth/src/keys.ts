import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { JWK } from "jose";

export type SigningKey = Readonly<{ kid: string; privateKey: KeyObject; published: JWK }>;

/** The fixed beginning of a PKCS #8 Ed25519 private key; the 32 bytes of its seed follow. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * JWT_KEYS is `kid:seed,kid:seed,…`, each seed 32 bytes in base64url. The first signs; all are published, so that tokens
 * signed by a key that was replaced stay valid until they expire. Throws without quoting what it read.
 */
export function parseKeys(text: string): readonly [SigningKey, ...SigningKey[]] {
  const keys = text.split(",").map((entry, index) => {
    const [kid, seed] = entry.trim().split(":");
    const bytes = Buffer.from(seed ?? "", "base64url");
    if (kid === undefined || !/^[\w.-]{1,64}$/.test(kid) || bytes.length !== 32) {
      throw new Error(`JWT_KEYS: entry ${index + 1} is not kid:seed with a seed of 32 bytes in base64url`);
    }
    return signingKey(kid, bytes);
  });
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error("JWT_KEYS: no key");
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw new Error("JWT_KEYS: a key id is there twice");
  return [first, ...rest];
}

function signingKey(kid: string, seed: Buffer): SigningKey {
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (kty === undefined || crv === undefined || x === undefined) throw new Error("not an Ed25519 key");
  return { kid, privateKey, published: { kty, crv, x, kid, use: "sig", alg: "EdDSA" } };
}
