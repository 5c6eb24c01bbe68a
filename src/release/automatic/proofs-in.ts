import type { Proof } from "../../migrations/prove/proof.ts";

/** The proofs that a release's evidence holds, without what says only that there is none. */
export const proofsIn = (evidence: unknown): readonly Proof[] =>
  (Array.isArray(evidence) ? (evidence as readonly Partial<Proof>[]) : []).filter(
    (one): one is Proof => one.parts !== undefined,
  );

/** Is this migration among what was proven? */
export const isProven = (proofs: readonly Proof[], service: string, name: string): boolean =>
  proofs.some(
    (proof) => proof.service === service && [...proof.files, ...proof.data].some((file) => file.name === name),
  );
