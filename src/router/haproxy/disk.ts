import { basename, join } from "node:path";
import { StepFault } from "../../fault.ts";
import { currentName, PREFIX, pointTo, replaceCurrent } from "../../io/current-folder.ts";
import { readTextIfThere } from "../../io/files.ts";
import type { Random } from "../../io/random.ts";
import { ROUTES_REFUSED } from "../table.ts";
import { startingEntries } from "./change.ts";
import { CONFIGURATION, configurationText, MAP } from "./config.ts";
import { EPOCH_KEY, LISTEN_KEY, listenEntry, POOLS_KEY, poolEntry, slotEntry } from "./entry.ts";
import { type MapEntries, mapText, parseMap } from "./map-text.ts";
import type { Placed, Placement } from "./placement.ts";
import type { Saved } from "./saved.ts";
import { scaledWeights } from "./weights.ts";

/** What a HAProxy that is started in this folder does from then on. Faults: `routes-not-saved`. */
export async function save(folder: string, saved: Saved, random: Random): Promise<void> {
  const { epoch } = saved.table;
  try {
    await replaceCurrent(folder, `${PREFIX}${epoch}-${random.hex(3)}`, {
      synced: [basename(MAP), mapText(startingEntries(saved))],
      // Two that start or change one router at the same time write the same epoch.
      outdated: (name) => Number(name.split("-")[1]) < epoch - 1,
      others: { [basename(CONFIGURATION)]: configurationText(saved) },
    });
  } catch (error) {
    throw new StepFault({
      code: "routes-not-saved",
      message: `The routes of epoch ${epoch} could not be written, those before hold`,
      evidence: error instanceof Error ? error.message : String(error),
      retry: "safe",
    });
  }
}

/** Takes back the last `save`; `before` is what `savedName` said then. */
export const putBack = (folder: string, before: string | null): Promise<void> => pointTo(folder, before);
export const savedName = currentName;

/** What is on disk; null where there is nothing yet. Faults: `routes-refused`. */
export async function readSaved(folder: string): Promise<Saved | null> {
  const path = join(folder, MAP);
  const text = await readTextIfThere(path);
  if (text === null) return null;
  try {
    return savedIn(text);
  } catch (error) {
    throw new StepFault({
      code: ROUTES_REFUSED,
      message: `The routes are refused: ${path} is not whole`,
      evidence: error instanceof Error ? error.message : String(error),
    });
  }
}

/** After a power loss, or by an earlier version, the configuration may be another than the one that belongs to the routes. */
export async function isConfigured(folder: string, saved: Saved): Promise<boolean> {
  return (await readTextIfThere(join(folder, CONFIGURATION))) === configurationText(saved);
}

function savedIn(text: string): Saved {
  const entries = parseMap(text, false);
  const listen = entries?.get(LISTEN_KEY);
  if (entries === null || listen === undefined) throw new Error("lines are missing");
  const placements = [...entries]
    .filter(([key]) => /^b\d+$/.test(key))
    .map(([pool, value]) => placementIn(pool, value, entries))
    .sort((a, b) => a.position - b.position);
  const services = placements.map(({ service }) => service);
  const table = {
    formatVersion: 1,
    listen: listenEntry(listen),
    epoch: Number(entries.get(EPOCH_KEY)),
    services,
  } as const;
  return { table, placements, pools: Number(entries.get(POOLS_KEY)) };
}

function placementIn(pool: string, value: string, entries: MapEntries): Placement {
  const { service, match, position } = poolEntry(value);
  const slots = [...entries]
    .filter(([key]) => key.startsWith(`${pool}/`))
    .map(([key, slot]) => ({ slot: key.slice(pool.length + 1), ...slotEntry(slot) }))
    .sort((a, b) => a.position - b.position);
  const weights = scaledWeights(slots.map(({ backend }) => backend.weight));
  const backends = slots.map(
    ({ slot, backend, position: at }, index): Placed => ({
      backend,
      position: at,
      weight: weights[index] ?? 0,
      slot,
      kind: "kept",
    }),
  );
  return { pool, position, service: { service, match, backends: backends.map(({ backend }) => backend) }, backends };
}
