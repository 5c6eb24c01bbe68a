import { join } from "node:path";
import { assertNever } from "../assert-never.ts";
import type { Store } from "../engine/store.ts";
import type { Environment, MigrationsSpec } from "../fleet/fleet.ts";
import { readTextIfThere } from "../io/files.ts";
import { removeFolder } from "../io/folders.ts";
import { scratchFolder } from "../io/scratch-folder.ts";
import { catalogHash } from "../migrations/catalog/catalog-hash.ts";
import { readCatalog } from "../migrations/catalog/read-catalog.ts";
import { lostConnection } from "../migrations/database-fault.ts";
import { parseScript } from "../migrations/parse-script.ts";
import { isOurs } from "../migrations/prove/fault-words.ts";
import type { Ground, Migrating, ProofCx, ProofEvent, Recorded } from "../migrations/prove/ground.ts";
import { placeOf } from "../migrations/prove/isolate.ts";
import type { Proof } from "../migrations/prove/proof.ts";
import { artifactsHash, migrationHash, type ProofKey } from "../migrations/prove/proof-key.ts";
import { proveOn } from "../migrations/prove/prove.ts";
import { openScratch, type ScratchServer } from "../migrations/prove/scratch/scratch-server.ts";
import { containerStarter } from "../migrations/prove/start-container.ts";
import { processStarter } from "../migrations/prove/start-process.ts";
import { keepProof, storedProof } from "../migrations/prove/stored-proofs.ts";
import type { Starter, Witness } from "../migrations/prove/witness.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import { connectTo } from "../migrations/session.ts";
import type { DesiredService } from "../plan/desired.ts";
import type { Observed } from "../plan/observed.ts";
import type { Problem } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import type { Workplace } from "./workplace.ts";

export type ProvingOrder = Readonly<{
  at: Workplace;
  environment: Environment;
  /** Of every service whose variables can be read: neighbours count, changed or not. */
  configuration: Configuration;
  observed: Observed;
  /** What is to run; only those whose migrations are pending are proven. */
  services: readonly DesiredService[];
  /** Prove again what is proven already. */
  anew: boolean;
  mask: (text: string) => string;
  progress: (event: ProofEvent) => void;
}>;

export type Proven = Readonly<{
  proofs: readonly Proof[];
  /** Services that could not be proven, and what to do. */
  unproven: readonly Readonly<{ service: string; problem: Problem }>[];
}>;

/** The proof of each service's pending migrations: as it is stored, else made now. One database after the other. */
export async function prove(order: ProvingOrder): Promise<Proven> {
  const store = await order.at.store();
  const proofs: Proof[] = [];
  const unproven: { service: string; problem: Problem }[] = [];
  for (const { url, services } of byDatabase(order)) {
    const ground = await groundOf(order, url, services);
    const keys = new Map(
      await Promise.all(ground.migrating.map(async (one) => [one.service, await keyOf(ground, one)] as const)),
    );
    const known = order.anew ? null : await allKnown(store, [...keys.values()]);
    if (known !== null) {
      proofs.push(...known);
      continue;
    }
    const made = await proveNow(order, ground, keys);
    if (!Array.isArray(made)) {
      unproven.push(...services.map(({ name }) => ({ service: name, problem: made as Problem })));
      continue;
    }
    for (const proof of made as readonly Proof[]) {
      const key = keys.get(proof.service);
      // What could not be decided may be decidable next time: a server installed, a check mended.
      if (key !== undefined && proof.verdict !== "inconclusive") await keepProof(store, key, proof);
      proofs.push(proof);
    }
  }
  return { proofs, unproven };
}

type OnDatabase = Readonly<{ url: string; services: readonly DesiredService[] }>;

function byDatabase({ services, configuration, at }: ProvingOrder): readonly OnDatabase[] {
  const found = new Map<string, { url: string; services: DesiredService[] }>();
  for (const service of services) {
    if (service.migrations === null || service.migrations.up.length === 0) continue;
    // A tool of the service's own is run by it alone; the fleet file says why old code bears that.
    if (at.fleet.services[service.name]?.migrations?.command != null) continue;
    const url = configuration.services.get(service.name)?.migrationUrl ?? "";
    const place = placeOf(url);
    if (place === null) continue;
    const there = found.get(place) ?? { url, services: [] };
    there.services.push(service);
    found.set(place, there);
  }
  return [...found.values()];
}

async function groundOf(order: ProvingOrder, url: string, services: readonly DesiredService[]): Promise<Ground> {
  const { at, environment } = order;
  const place = placeOf(url);
  const running = (
    await Promise.all(Object.keys(order.observed.services).map((name) => runningOf(order, name)))
  ).filter(
    (witness): witness is Witness =>
      witness !== null && Object.values(witness.variables).some((value) => placeOf(value) === place),
  );
  const recorded = await Promise.all(
    [...order.configuration.services]
      .filter(([, { migrationUrl }]) => migrationUrl !== null && placeOf(migrationUrl) === place)
      .map(([name, { migrationUrl }]) => recordedOf(order, { name, url: migrationUrl ?? "", services })),
  );
  const migrating = await Promise.all(services.map((service) => migratingOf(order, service)));
  const roles = [...running.flatMap(({ variables }) => rolesIn(variables, place)), ...recorded.map(({ role }) => role)];
  const { client } = await connectTo(url, "sampan");
  try {
    const catalog = await readCatalog(client, [...new Set(roles)]);
    const own = recorded.filter(({ applied }) => applied.length > 0);
    return { fleet: at.fleet.name, environment: environment.name, url, catalog, recorded: own, migrating, running };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const rolesIn = (variables: Readonly<Record<string, string>>, place: string | null): readonly string[] =>
  Object.values(variables).flatMap((value) => (placeOf(value) === place ? [roleIn(value)] : []));

const roleIn = (url: string): string => (URL.canParse(url) ? decodeURIComponent(new URL(url).username) : "");

/** What runs of a service now, with the variables that it has there; null: nothing verified does. */
async function runningOf(order: ProvingOrder, name: string): Promise<Witness | null> {
  const { at, environment, observed, configuration } = order;
  const mark = observed.services[name]?.marks[0];
  const declared = at.fleet.services[name];
  if (mark === undefined || declared === undefined) return null;
  const cx = { signal: at.signal };
  const kept = await at.target(environment).reveal(name, mark.revision.variables, cx);
  const own = configuration.services.get(name);
  const variables = { ...(kept ?? own?.fixed), ...own?.rotates };
  const files = await at
    .artifacts(environment)
    .files({ service: name, source: mark.source, signal: at.signal })
    .catch(() => mark.source);
  return witnessOf(
    { name, artifact: mark.revision.artifact, source: mark.source, spec: mark.spec, variables, files },
    declared.migrations,
  );
}

type Known = Readonly<{ name: string; variables: Readonly<Record<string, string>> }> &
  Pick<Witness, "artifact" | "source" | "spec" | "files">;

async function witnessOf({ name, ...known }: Known, declared: MigrationsSpec | null): Promise<Witness> {
  return {
    ...known,
    service: name,
    given: declared?.variables ?? {},
    checks: declared?.checks ?? [],
    queries: declared?.queries == null ? [] : await statementsIn(join(known.files, declared.queries)),
  };
}

/** An older artifact may not have the file yet: then it declares nothing. */
async function statementsIn(file: string): Promise<readonly string[]> {
  const text = await readTextIfThere(file);
  if (text === null) return [];
  const { script } = await parseScript(file, text);
  return script.statements.map((statement) => statement.text.trim());
}

async function recordedOf(
  order: ProvingOrder,
  of: Readonly<{ name: string; url: string; services: readonly DesiredService[] }>,
): Promise<Recorded> {
  const { at, environment, observed } = order;
  const { name, url, services } = of;
  const state = observed.services[name];
  const dir = at.fleet.services[name]?.migrations?.dir ?? "migrations";
  const sources = [
    ...(state?.marks ?? []).map(({ source }) => source),
    ...services.filter((one) => one.name === name).map(({ source }) => source),
  ];
  const folders = await Promise.all(
    [...new Set(sources)].map((source) =>
      at
        .artifacts(environment)
        .files({ service: name, source, signal: at.signal })
        .then((files) => [join(files, dir)])
        .catch(() => []),
    ),
  );
  const times = await appliedAt(url);
  return {
    service: name,
    role: roleIn(url),
    folders: folders.flat(),
    applied: (state?.migrations ?? [])
      .map((migration) => ({ ...migration, at: times.get(migration.name) ?? 0 }))
      .sort((a, b) => a.at - b.at),
  };
}

/** When each migration was applied: services of one database may have run theirs in turn. */
async function appliedAt(url: string): Promise<ReadonlyMap<string, number>> {
  const { client } = await connectTo(url, "sampan");
  try {
    const { rows } = await client.query<{ name: string; at: Date }>(
      "select name, applied_at as at from sampan_migrations",
    );
    return new Map(rows.map(({ name, at }) => [name, at.getTime()]));
  } catch {
    return new Map();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function migratingOf(order: ProvingOrder, service: DesiredService): Promise<Migrating> {
  const { at, environment, configuration } = order;
  const declared = at.fleet.services[service.name]?.migrations ?? null;
  const own = configuration.services.get(service.name);
  const files = await at
    .artifacts(environment)
    .files({ service: service.name, source: service.source, signal: at.signal });
  const { name, source, spec, revision } = service;
  const variables = { ...own?.fixed, ...own?.rotates };
  const next = await witnessOf({ name, artifact: revision.artifact, source, spec, variables, files }, declared);
  return {
    service: name,
    role: roleIn(own?.migrationUrl ?? ""),
    folder: join(files, declared?.dir ?? "migrations"),
    files: service.migrations?.up ?? [],
    next,
    nextArtifact: revision.artifact,
    codeFirst: declared?.codeFirst ?? false,
    seed: declared?.seed == null ? null : { argv: declared.seed, cwd: files },
  };
}

async function keyOf(ground: Ground, one: Migrating): Promise<ProofKey> {
  const { migrations } = await readMigrations(one.folder, { statements: false });
  const downs = new Map(migrations.map(({ name, down }) => [name, down?.text ?? null]));
  const files = one.files.map(({ name, sha256 }) => ({ name, sha256, down: downs.get(name) ?? null }));
  const running = Object.fromEntries(ground.running.map(({ service, artifact }) => [service, artifact]));
  // Those that migrate before it in the same release make the schema that it meets.
  const before = ground.migrating.slice(0, ground.migrating.indexOf(one)).map(({ files: others }) => others);
  return {
    environment: ground.environment,
    service: one.service,
    artifacts: artifactsHash({ running, next: one.nextArtifact }),
    migration: migrationHash([...before.flat().map((file) => ({ ...file, down: null })), ...files]),
    catalog: catalogHash(ground.catalog),
  };
}

/** All of a database or none: what is proven together is proven with each other. */
async function allKnown(store: Store, keys: readonly ProofKey[]): Promise<readonly Proof[] | null> {
  const found = await Promise.all(keys.map((key) => storedProof(store, key)));
  return found.every((proof) => proof !== null) ? found : null;
}

/** A scratch server that went away under a proof has proven nothing: once more, on another one. */
async function proveNow(
  order: ProvingOrder,
  ground: Ground,
  keys: ReadonlyMap<string, ProofKey>,
): Promise<readonly Proof[] | Problem> {
  try {
    return await proveOnce(order, ground, keys);
  } catch (error) {
    if (!isOurs(error) && !lostConnection(error)) throw error;
    order.at.signal.throwIfAborted();
    order.at.log(`the scratch server was lost: ${error instanceof Error ? error.message : String(error)}; once more`);
    return proveOnce(order, ground, keys);
  }
}

async function proveOnce(
  order: ProvingOrder,
  ground: Ground,
  keys: ReadonlyMap<string, ProofKey>,
): Promise<readonly Proof[] | Problem> {
  const { at } = order;
  const { clock, random, signal, log } = at;
  const major = Math.floor(ground.catalog.version / 10_000);
  const url = at.processEnv.SAMPAN_SCRATCH_URL ?? null;
  const opened = await openScratch({ major, url: url === "" ? null : url, clock, random, signal });
  if ("code" in opened) return opened;
  const server: ScratchServer = opened;
  const folder = scratchFolder("proof");
  const cx: ProofCx = {
    server,
    start: starterOf(order.environment, folder, at),
    ...{ clock, random, signal, log },
    mask: (text) => order.mask(text).replaceAll(server.password, "…"),
    progress: order.progress,
    patience: 10_000,
  };
  try {
    return await proveOn(
      ground,
      { folder, migrationOf: ({ service }) => keys.get(service)?.migration ?? "", held: 3_000 },
      cx,
    );
  } finally {
    await server.stop();
    await removeFolder(folder);
  }
}

/** Bundles are started as processes, images as containers. */
function starterOf({ target }: Environment, folder: string, { clock, processEnv }: Workplace): Starter {
  switch (target.kind) {
    case "process":
      return processStarter({ folder, clock });
    case "compose":
      return containerStarter({ env: processEnv });
    default:
      return assertNever(target);
  }
}
