import type { Loss } from "../../plan/plan.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { compareCatalogs, type Difference } from "../catalog/compare-catalogs.ts";
import { dataSums, lostData } from "../catalog/data.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { readMigrations } from "../read-migrations.ts";
import { revertMigrations } from "../revert-migrations.ts";
import type { Ground, Migrating, ProofCx } from "./ground.ts";
import type { ProofPart } from "./proof.ts";
import { runUp, whyNot } from "./run-up.ts";
import { runOn } from "./scratch/run-on.ts";
import { withAdmin } from "./scratch/scratch-server.ts";

export type Reversal = Readonly<{
  part: ProofPart;
  /** What the down files do not bring back of what was there before. */
  loss: readonly Loss[];
}>;

/** Up, down and up again on a clone: the schema must be as before each time, and so must the data of the old columns. */
export async function proveReversal(
  at: Readonly<{ ground: Ground; migrating: Migrating; database: string; samples: number }>,
  cx: ProofCx,
): Promise<Reversal> {
  const began = cx.clock.monotonic();
  const { ground, migrating, database } = at;
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "reversal",
    verdict,
    evidence,
    took: cx.clock.monotonic() - began,
  });
  const run = runOn({ ground, cx, database, ...migrating }, { lockTimeout: 5_000 });
  const up = (): Promise<string | null> =>
    whyNot(runUp(migrating, { ground, database, lockTimeout: 5_000 }, cx), cx.signal);
  const roles = Object.keys(ground.catalog.roles);
  const { migrations } =
    migrating.tool === null
      ? await readMigrations(migrating.folder, { statements: false, format: migrating.format ?? null })
      : { migrations: [] };
  const names = migrating.files.map(({ name }) => name);
  const oneWay = migrations.filter(({ name, down }) => names.includes(name) && down === null);
  return withAdmin(cx.server, database, async (client): Promise<Reversal> => {
    const before = await readCatalog(client, roles);
    const sums = await dataSums(client, before);
    const failed = await up();
    if (failed !== null) return { part: part("failed", `up fails: ${failed}`), loss: [] };
    const there = await readCatalog(client, roles);
    const took = Math.round(cx.clock.monotonic() - began);
    if (migrating.tool !== null) {
      const changed = unequal(before, there).map(({ text }) => text);
      const evidence = [
        `up in ${took} ms by its own tool: seen, not read; what it did, it alone could take back`,
        ...(changed.length === 0 ? ["it changed nothing of the schema"] : changed),
      ].join("\n");
      return { part: part("passed", evidence), loss: [] };
    }
    if (oneWay.length > 0) {
      const why = oneWay.map(({ name, irreversible }) => `${name}: ${irreversible ?? "it has no down file"}`);
      const evidence = [`up in ${took} ms; not to be taken back, as they say themselves`, ...why].join("\n");
      return { part: part("passed", evidence), loss: [] };
    }
    const down = await whyNot(revertMigrations(run), cx.signal);
    if (down !== null) return { part: part("failed", `down fails: ${down}`), loss: [] };
    const back = await readCatalog(client, roles);
    const loss = lostData(sums, await dataSums(client, before));
    const differences = unequal(before, back);
    // What a contract migration takes away is meant to go; that it cannot come back is said, and asked about by whoever goes back.
    const meant = migrating.files.some(({ phase }) => phase === "contract");
    const wrong = [
      ...differences.filter(({ order }) => !order).map(({ text }) => text),
      ...(meant ? [] : lossLines(loss)),
    ];
    if (wrong.length > 0) {
      const evidence = ["down does not bring everything back", ...wrong].join("\n");
      return { part: part("failed", evidence), loss };
    }
    const twice = await up();
    if (twice !== null) return { part: part("failed", `up again, after down, fails: ${twice}`), loss };
    const again = unequal(there, await readCatalog(client, roles)).filter(({ order }) => !order);
    if (again.length > 0) {
      const evidence = ["up again, after down, makes another schema", ...again.map(({ text }) => text)].join("\n");
      return { part: part("failed", evidence), loss };
    }
    const rows = loss.length > 0 ? "the rows, but for what is noted" : `${at.samples} rows`;
    const moved = [...lossLines(loss), ...differences.map(({ text }) => text)].map((text) => `note: ${text}`);
    const evidence = [`up in ${took} ms, down, up again: the schema is as before, and so are ${rows}`, ...moved].join(
      "\n",
    );
    return { part: part("passed", evidence), loss };
  });
}

const unequal = (was: Catalog, is: Catalog): readonly Difference[] => compareCatalogs(was, is);

export const lossLines = (loss: readonly Loss[]): readonly string[] =>
  loss.map(({ table, loss: what }) => `data: ${table}: ${what}`);
