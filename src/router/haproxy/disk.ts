import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { currentName, PREFIX, pointTo, replaceCurrent } from "../../io/current-folder.ts";
import { readTextIfThere } from "../../io/files.ts";
import type { Random } from "../../io/random.ts";
import type { RouterTable } from "../router.ts";
import { ROUTES_REFUSED } from "../table.ts";
import { startingEntries } from "./change.ts";
import { configurationText } from "./config.ts";
import { EPOCH_KEY, LISTEN_KEY, listenEntry, poolEntry, slotEntry } from "./entry.ts";
import { mapText, parseMap } from "./map-text.ts";
import type { Placement } from "./placement.ts";

export const mapPath = (folder: string): string => join(folder, "current", "routes.map");
export const configurationPath = (folder: string): string => join(folder, "current", "haproxy.cfg");

export type Saved = Readonly<{ table: RouterTable; placements: readonly Placement[]; pools: number }>;

/** What a HAProxy that is started in this folder does from then on. Faults: `routes-not-saved`. */
export function save(folder: string, { table, placements, pools }: Saved, random: Random): void {
  try {
    replaceCurrent(folder, `${PREFIX}${table.epoch}-${random.hex(3)}`, {
      "routes.map": mapText(startingEntries(placements, table)),
      "haproxy.cfg": configurationText({ listen: table.listen, map: mapPath(folder), pools, placements }),
    });
  } catch (error) {
    throw new StepFault({
      code: "routes-not-saved",
      message: `The routes of epoch ${table.epoch} could not be written, those before hold`,
      evidence: error instanceof Error ? error.message : String(error),
      retry: "safe",
    });
  }
}

/** Takes back the last `save`; `before` is what `savedName` said then. */
export const putBack = (folder: string, before: string | null): void => pointTo(folder, before);
export const savedName = currentName;

/** The table on disk; null where there is none yet. Faults: `routes-refused`. */
export async function savedTable(folder: string): Promise<RouterTable | null> {
  const text = await readTextIfThere(mapPath(folder));
  if (text === null) return null;
  try {
    return tableIn(text);
  } catch (error) {
    throw new StepFault({
      code: ROUTES_REFUSED,
      message: `${mapPath(folder)} cannot be used: it is not whole`,
      evidence: error instanceof Error ? error.message : String(error),
    });
  }
}

function tableIn(text: string): RouterTable {
  const entries = parseMap(text, false);
  const listen = entries?.get(LISTEN_KEY);
  if (entries === null || listen === undefined) throw new Error("lines are missing");
  const of = (pattern: RegExp) => [...entries].filter(([key]) => pattern.test(key));
  const services = of(/^b\d+$/)
    .map(([pool, value]) => ({
      ...poolEntry(value),
      backends: of(/^b\d+\/s\d+$/)
        .filter(([key]) => key.startsWith(`${pool}/`))
        .map(([, slot]) => slotEntry(slot))
        .sort((a, b) => a.position - b.position)
        .map(({ backend }) => backend),
    }))
    .sort((a, b) => a.position - b.position)
    .map(({ service, match, backends }) => ({ service, match, backends }));
  return { formatVersion: 1, listen: listenEntry(listen), epoch: Number(entries.get(EPOCH_KEY)), services };
}
