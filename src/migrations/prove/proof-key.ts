import { sha256 } from "../../io/digest.ts";
import type { MigrationFile } from "../../plan/plan.ts";

/** By what a proof is known: with any of these another, it proves nothing. */
export type ProofKey = Readonly<{
  environment: string;
  service: string;
  /** The artifacts that it was proven with: those that run now on the same database, and the one that comes. */
  artifacts: string;
  migration: string;
  catalog: string;
}>;

/** Of up and down files alike: an edited down file is another migration to whoever must go back. */
export const migrationHash = (files: readonly (MigrationFile & Readonly<{ down: string | null }>)[]): string =>
  sha256(JSON.stringify(files.map(({ name, sha256: up, down }) => [name, up, down])));

export const artifactsHash = (
  artifacts: Readonly<{ running: Readonly<Record<string, string>>; next: string }>,
): string =>
  sha256(
    JSON.stringify([
      Object.entries(artifacts.running).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
      artifacts.next,
    ]),
  );

export const proofKeyText = (key: ProofKey): string =>
  [key.environment, key.service, key.artifacts, key.migration, key.catalog].join("/");
