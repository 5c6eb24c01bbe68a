import type { Loss } from "../../plan/plan.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { compareCatalogs } from "../catalog/compare-catalogs.ts";
import { type DataSums, dataSums, lostData } from "../catalog/data.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { revertMigrations } from "../revert-migrations.ts";
import { ask, type Member, reboard, type Sea } from "./crew.ts";
import { wordsOfFault } from "./fault-words.ts";
import type { Migrating, ProofCx } from "./ground.ts";
import { runOn } from "./scratch/run-on.ts";
import { withAdmin } from "./scratch/scratch-server.ts";

type Reverting = Readonly<{
  migrating: readonly Migrating[];
  sea: Sea;
  catalog: Catalog;
  sums: DataSums;
  crew: readonly Member[];
}>;

export type Reverted = Readonly<{
  /** Of what was there before new code wrote. */
  loss: readonly Loss[];
  /** Why the way back does not lead back; null: it does. */
  why: string | null;
  /** What new code had written and the down files take away. */
  downLoses: readonly Loss[];
}>;

/** Takes all back with the data that new code wrote, and asks old code on the old schema. */
export async function revertAll({ migrating, sea, catalog, sums, crew }: Reverting, cx: ProofCx): Promise<Reverted> {
  const { ground, database } = sea;
  const roles = Object.keys(ground.catalog.roles);
  const admin = <T>(use: Parameters<typeof withAdmin<T>>[2]): Promise<T> => withAdmin(cx.server, database, use);
  const now = await admin((client) => readCatalog(client, roles));
  const full = await admin((client) => dataSums(client, now));
  for (const one of [...migrating].reverse()) {
    if (one.tool !== null)
      return {
        loss: [],
        why: `what the own tool of ${one.service} did, it alone could take back`,
        downLoses: [],
      };
    try {
      await revertMigrations(runOn({ ground, cx, database, ...one }, { lockTimeout: 10_000 }));
    } catch (error) {
      cx.signal.throwIfAborted();
      return {
        loss: [],
        why: `the down files of ${one.service} do not run with what was written: ${wordsOfFault(error)}`,
        downLoses: [],
      };
    }
  }
  const back = await admin((client) => readCatalog(client, roles));
  const left = await admin((client) => dataSums(client, now));
  const old = await admin((client) => dataSums(client, catalog));
  // Rows that new code wrote are more than there were, and no loss.
  const loss = lostData(sums, old).filter(isLoss);
  const downLoses = lostData(full, left).filter(
    ({ table, loss: text }) => !loss.some((one) => one.table === table && one.loss === text),
  );
  const wrong = compareCatalogs(catalog, back).filter(({ order }) => !order);
  if (wrong.length > 0)
    return { loss, why: `the down files do not bring the schema back: ${wrong[0]?.text ?? ""}`, downLoses };
  for (const member of crew) {
    const ill = await reboard(member, sea, cx);
    const met = ill === null ? await ask(member, sea, cx) : [ill];
    if (met.length > 0)
      return { loss, why: `${member.witness.service} after the way back: ${met[0] ?? ""}`, downLoses };
  }
  return { loss, why: null, downLoses };
}

/** Rows and values that new code added or changed are more than there were, and no loss. */
function isLoss({ loss }: Loss): boolean {
  const [, before, after] = /^(\d+) rows? before, (\d+) after$/.exec(loss) ?? [];
  return before === undefined ? !loss.endsWith("are others") : Number(after) < Number(before);
}
