import type { Store } from "../../engine/store.ts";
import type { Proof } from "./proof.ts";
import { type ProofKey, proofKeyText } from "./proof-key.ts";

/** Null: not proven with these artifacts, files and schema. */
export async function storedProof(store: Store, key: ProofKey): Promise<Proof | null> {
  const found = await store.evidence(proofKeyText(key));
  return found === null ? null : (found.value as Proof);
}

export async function keepProof(store: Store, key: ProofKey, proof: Proof): Promise<void> {
  const { environment, service, at } = proof;
  await store.keepEvidence({ key: proofKeyText(key), environment, service, at, value: proof });
}

/** All that was proven of a service's migrations in an environment, newest first. */
export async function proofsOf(store: Store, environment: string, service: string): Promise<readonly Proof[]> {
  return (await store.evidenceOf(environment, service)).map(({ value }) => value as Proof);
}
