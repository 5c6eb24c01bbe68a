import { catalogHash } from "../migrations/catalog/catalog-hash.ts";
import type { Ground, Migrating } from "../migrations/prove/ground.ts";
import { artifactsHash, migrationHash, type ProofKey } from "../migrations/prove/proof-key.ts";
import { readMigrations } from "../migrations/read-migrations.ts";

/** What the proof of a service's migrations is known by. */
export async function keyOf(ground: Ground, one: Migrating): Promise<ProofKey> {
  const { migrations } =
    one.tool === null
      ? await readMigrations(one.folder, { statements: false, format: one.format ?? null })
      : { migrations: [] };
  const downs = new Map(migrations.map(({ name, down }) => [name, down?.text ?? null]));
  const files = [...one.files, ...one.data].map(({ name, sha256 }) => ({
    name,
    sha256,
    down: downs.get(name) ?? null,
  }));
  const running = Object.fromEntries(ground.running.map(({ service, artifact }) => [service, artifact]));
  // Those that migrate before it in the same release make the schema that it meets.
  const before = ground.migrating.slice(0, ground.migrating.indexOf(one)).map(({ files: others }) => others);
  return {
    environment: ground.environment,
    service: one.service,
    artifacts: artifactsHash({ running, next: one.nextArtifact }),
    migration: migrationHash([...before.flat().map((file) => ({ ...file, down: null })), ...files]),
    catalog: catalogHash(ground.catalog, ground.purposes),
  };
}
