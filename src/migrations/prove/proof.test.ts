import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../engine/sqlite/sqlite-store.ts";
import { type Proof, type ProofVerdict, verdictOf } from "./proof.ts";
import { artifactsHash, migrationHash, proofKeyText } from "./proof-key.ts";
import { keepProof, proofsOf, storedProof } from "./stored-proofs.ts";

const parts = (...verdicts: ProofVerdict[]) => verdicts.map((verdict) => ({ verdict }));

test("nothing passes for want of evidence", () => {
  expect(verdictOf(parts("passed", "passed"))).toBe("passed");
  expect(verdictOf(parts("passed", "inconclusive"))).toBe("inconclusive");
  expect(verdictOf(parts("inconclusive", "failed"))).toBe("failed");
  expect(verdictOf([])).toBe("inconclusive");
});

test("a proof is of these artifacts, these files and this schema, and of no other", () => {
  const file = { name: "0001_a", sha256: "1", down: "2" };
  const key = {
    environment: "staging",
    service: "a",
    artifacts: artifactsHash({ running: { a: "x", b: "y" }, next: "z" }),
    migration: migrationHash([file]),
    catalog: "c",
  };
  expect(artifactsHash({ running: { b: "y", a: "x" }, next: "z" })).toBe(key.artifacts);
  const others = [
    { ...key, environment: "production" },
    { ...key, service: "b" },
    { ...key, artifacts: artifactsHash({ running: { a: "x", b: "w" }, next: "z" }) },
    { ...key, artifacts: artifactsHash({ running: { a: "x", b: "y" }, next: "w" }) },
    { ...key, migration: migrationHash([{ ...file, down: "3" }]) },
    { ...key, migration: migrationHash([{ ...file, sha256: "3" }]) },
    { ...key, catalog: "d" },
  ];
  expect(new Set([key, ...others].map(proofKeyText)).size).toBe(others.length + 1);
});

test("a proof is found again by its key, and by its service", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-proof-"));
  const store = await openSqliteStore(folder);
  const key = { environment: "staging", service: "a", artifacts: "x", migration: "m", catalog: "c" };
  const proof: Proof = {
    ...{ formatVersion: 1, environment: "staging", service: "a", files: [{ name: "0001_a", sha256: "1" }] },
    ...{
      running: null,
      next: "n",
      migration: "m",
      catalog: "c",
      data: [],
      roles: [],
      verdict: "passed",
      rollback: "keep",
    },
    ...{ downLoses: [], parts: [], at: 1, took: 2 },
  };
  await keepProof(store, key, proof);
  expect(await storedProof(store, key)).toEqual(proof);
  expect(await storedProof(store, { ...key, catalog: "d" })).toBeNull();
  expect(await proofsOf(store, "staging", "a")).toEqual([proof]);
  await store.close();
  rmSync(folder, { recursive: true });
});
