import pLimit from "p-limit";
import { assertNever } from "../assert-never.ts";
import type { Store } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { removeFolder } from "../io/folders.ts";
import { scratchFolder } from "../io/scratch-folder.ts";
import { isLost } from "../migrations/prove/fault-words.ts";
import type { Ground, ProofCx, ProofEvent } from "../migrations/prove/ground.ts";
import { placeOf } from "../migrations/prove/isolate.ts";
import type { Proof } from "../migrations/prove/proof.ts";
import type { ProofKey } from "../migrations/prove/proof-key.ts";
import { proveOn } from "../migrations/prove/prove.ts";
import type { ScratchServer } from "../migrations/prove/scratch/scratch-server.ts";
import { containerStarter } from "../migrations/prove/start-container.ts";
import { processStarter } from "../migrations/prove/start-process.ts";
import { keepProof, proofsOf, storedProof } from "../migrations/prove/stored-proofs.ts";
import type { Starter } from "../migrations/prove/witness.ts";
import { reading } from "../migrations/reading.ts";
import { serverVersion } from "../migrations/server-version.ts";
import type { DesiredService } from "../plan/desired.ts";
import type { Observed } from "../plan/observed.ts";
import type { Problem } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import { groundOf } from "./ground-of.ts";
import { hasPending } from "./has-pending.ts";
import { keyOf } from "./proof-key-of.ts";
import { type ScratchServers, scratchServers } from "./scratch-servers.ts";
import { sideBySide } from "./side-by-side.ts";
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

/** More would only wait for each other's processor: much of a proof is starting code. */
const SIDE_BY_SIDE = 2;

/** The proof of each service's pending migrations: as it is stored, else made now. */
export async function prove(order: ProvingOrder): Promise<Proven> {
  const servers = scratchServers(order.at);
  try {
    const known: Proven[] = [];
    const open: Proving[] = [];
    for (const database of byDatabase(order)) {
      const found = await lookUp(order, database, servers);
      if ("proofs" in found) known.push(found);
      else open.push(found);
    }
    const made: Proven[] = [];
    for (const alike of byRoles(open)) {
      const limit = pLimit(SIDE_BY_SIDE);
      made.push(...(await sideBySide(alike.map((one) => limit(() => proveAndKeep(one))))));
    }
    const all = [...known, ...made];
    const place = new Map(order.services.map(({ name }, at) => [name, at]));
    const inOrder = <T extends Readonly<{ service: string }>>(found: readonly T[]): readonly T[] =>
      found.toSorted((a, b) => (place.get(a.service) ?? 0) - (place.get(b.service) ?? 0));
    return {
      proofs: inOrder(all.flatMap(({ proofs }) => proofs)),
      unproven: inOrder(all.flatMap(({ unproven }) => unproven)),
    };
  } finally {
    await servers.stop();
  }
}

/** What is proven already, or all that is needed to prove it. */
async function lookUp(
  order: ProvingOrder,
  { url, services }: OnDatabase,
  servers: ScratchServers,
): Promise<Proven | Proving> {
  const store = await order.at.store();
  if (order.anew || !(await mayBeKnown(store, order, services))) await prepareServer(url, servers, order.at.signal);
  const ground = await groundOf(order, url, services);
  const keys = new Map(
    await Promise.all(ground.migrating.map(async (one) => [one.service, await keyOf(ground, one)] as const)),
  );
  const proofs = order.anew ? null : await allKnown(order, store, [...keys.values()]);
  return proofs === null ? { order, ground, keys, servers } : { proofs, unproven: [] };
}

async function proveAndKeep(proving: Proving): Promise<Proven> {
  const { order, ground, keys } = proving;
  const store = await order.at.store();
  const made = await proveNow(proving);
  if ("code" in made)
    return { proofs: [], unproven: ground.migrating.map(({ service }) => ({ service, problem: made })) };
  for (const proof of made) {
    const key = keys.get(proof.service);
    // What could not be decided may be decidable next time: a server installed, a check mended.
    if (key !== undefined && proof.verdict !== "inconclusive") await keepProof(store, key, proof);
  }
  return { proofs: made, unproven: [] };
}

/** Is there a proof of the artifacts that come? Whether it is of all the rest too, only the ground tells. */
async function mayBeKnown(
  store: Store,
  { at, environment }: ProvingOrder,
  services: readonly DesiredService[],
): Promise<boolean> {
  const found = await Promise.all(
    services.map(async ({ name }) =>
      (await Promise.all(environmentsFrom(at, environment.name).map((other) => proofsOf(store, other, name)))).flat(),
    ),
  );
  return services.every(({ revision }, nth) => found[nth]?.some(({ next }) => next === revision.artifact));
}

/** A scratch server takes as long to start as the environment to be read: side by side. */
async function prepareServer(url: string, servers: ScratchServers, signal: AbortSignal): Promise<void> {
  void servers.of(Math.floor((await reading(url, signal, serverVersion)) / 10_000));
}

/** Roles and their settings are a whole server's: those that are not alike come one after the other. */
function byRoles(all: readonly Proving[]): readonly (readonly Proving[])[] {
  const found = new Map<string, Proving[]>();
  for (const one of all) {
    const { version, roles } = one.ground.catalog;
    const key = JSON.stringify([Math.floor(version / 10_000), roles]);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()];
}

type OnDatabase = Readonly<{ url: string; services: readonly DesiredService[] }>;

function byDatabase({ services, configuration }: ProvingOrder): readonly OnDatabase[] {
  const found = new Map<string, { url: string; services: DesiredService[] }>();
  for (const service of services) {
    if (!hasPending(service)) continue;
    const url = configuration.services.get(service.name)?.migrationUrl ?? "";
    const place = placeOf(url);
    if (place === null) continue;
    const there = found.get(place) ?? { url, services: [] };
    there.services.push(service);
    found.set(place, there);
  }
  return [...found.values()];
}

/**
 * All of a database or none: what is proven together is proven with each other. What another environment has proven with the same artifacts on the same
 * schema is proven, and is kept for this one too, saying where.
 */
async function allKnown(
  { at, environment }: ProvingOrder,
  store: Store,
  keys: readonly ProofKey[],
): Promise<readonly Proof[] | null> {
  for (const place of environmentsFrom(at, environment.name)) {
    const found = await Promise.all(keys.map((key) => storedProof(store, { ...key, environment: place })));
    if (!found.every((proof) => proof !== null)) continue;
    if (place === environment.name) return found;
    const own = found.map((proof) => ({
      ...proof,
      environment: environment.name,
      parts: proof.parts.map((part) => ({ ...part, evidence: `in ${place}: ${part.evidence}` })),
    }));
    for (const [nth, key] of keys.entries()) {
      const proof = own[nth];
      if (proof !== undefined) await keepProof(store, key, proof);
    }
    return own;
  }
  return null;
}

/** This one first. */
const environmentsFrom = ({ fleet }: Workplace, own: string): readonly string[] => [
  own,
  ...Object.keys(fleet.environments).filter((name) => name !== own),
];

type Proving = Readonly<{
  order: ProvingOrder;
  ground: Ground;
  keys: ReadonlyMap<string, ProofKey>;
  servers: ScratchServers;
}>;

/** A scratch server that went away under a proof has proven nothing: once more, on another one. */
async function proveNow(proving: Proving): Promise<readonly Proof[] | Problem> {
  const { at } = proving.order;
  const major = Math.floor(proving.ground.catalog.version / 10_000);
  const server = await proving.servers.of(major);
  if ("code" in server) return server;
  try {
    return await proveOnce(proving, server);
  } catch (error) {
    if (!isLost(error)) throw error;
    at.signal.throwIfAborted();
    at.log(`the scratch server was lost: ${error instanceof Error ? error.message : String(error)}; once more`);
    await proving.servers.lost(server);
    const another = await proving.servers.of(major);
    return "code" in another ? another : proveOnce(proving, another);
  }
}

async function proveOnce({ order, ground, keys }: Proving, server: ScratchServer): Promise<readonly Proof[]> {
  const { clock, random, signal, log } = order.at;
  const folder = scratchFolder("proof");
  const cx: ProofCx = {
    ...{ server, folder },
    start: starterOf(order.environment, folder, order.at),
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
