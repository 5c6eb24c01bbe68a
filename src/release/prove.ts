import { assertNever } from "../assert-never.ts";
import type { Store } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { removeFolder } from "../io/folders.ts";
import { scratchFolder } from "../io/scratch-folder.ts";
import { lostConnection } from "../migrations/database-fault.ts";
import { isOurs } from "../migrations/prove/fault-words.ts";
import type { Ground, ProofCx, ProofEvent } from "../migrations/prove/ground.ts";
import { placeOf } from "../migrations/prove/isolate.ts";
import type { Proof } from "../migrations/prove/proof.ts";
import type { ProofKey } from "../migrations/prove/proof-key.ts";
import { proveOn } from "../migrations/prove/prove.ts";
import { openScratch, type ScratchServer } from "../migrations/prove/scratch/scratch-server.ts";
import { containerStarter } from "../migrations/prove/start-container.ts";
import { processStarter } from "../migrations/prove/start-process.ts";
import { keepProof, storedProof } from "../migrations/prove/stored-proofs.ts";
import type { Starter } from "../migrations/prove/witness.ts";
import type { DesiredService } from "../plan/desired.ts";
import type { Observed } from "../plan/observed.ts";
import type { Problem } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import { groundOf } from "./ground-of.ts";
import { hasPending } from "./has-pending.ts";
import { keyOf } from "./proof-key-of.ts";
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
    ...{ server, folder },
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
