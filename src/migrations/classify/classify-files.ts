import type { Catalog } from "../catalog/catalog.ts";
import { type ParsedScript, parseForVerdict } from "./parse-for-verdict.ts";
import type { FileVerdict } from "./verdict.ts";
import { verdictOf } from "./verdict-of.ts";
import { apply } from "./world/apply.ts";
import { emptyWorld, type World } from "./world/world.ts";

export type ScriptInput = Readonly<{
  file: string;
  sql: string;
  direction: "up" | "down";
  /** Whether its statements run in one transaction. */
  transaction: boolean;
}>;

export type Known = Readonly<{
  /** As it is before the first of the files. */
  catalog: Catalog | null;
  /** `all`: the files go out together. `each`: one release after another, and what an earlier one made is in use. */
  release: "all" | "each";
}>;

/**
 * What each statement of these files does to the code that is running. In the order in which they are applied, a down file after
 * its up file. Without a catalog, what the files before it made stands in for one.
 */
export async function classifyFiles(files: readonly ScriptInput[], known: Known): Promise<readonly FileVerdict[]> {
  await (await import("libpg-query")).loadModule();
  const start = async (): Promise<World> =>
    known.catalog === null ? emptyWorld(null) : (await import("./world/from-catalog.ts")).worldOf(known.catalog);
  const released = await start();
  // For the way back everything that the ups made is in use.
  const settled = files.some(({ direction }) => direction === "down") ? await start() : null;
  const verdicts: FileVerdict[] = [];
  for (const file of files) {
    const script = await parseForVerdict(file);
    const up = file.direction === "up";
    const world = up ? released : (settled ?? released);
    verdicts.push(verdictOf(file, script, { world, keep: up }));
    if (!up) continue;
    if (known.release === "each") settle(released, script);
    if (settled !== null && script.kind === "parsed")
      for (const { node } of script.statements) apply(settled, node, false);
  }
  return verdicts;
}

/** From now on what the file made is in use. */
function settle(world: World, script: ParsedScript): void {
  if (script.kind !== "parsed") return;
  for (const [name, relation] of world.relations) {
    const columns = relation.columns;
    for (const [key, column] of columns) if (column.fresh) columns.set(key, { ...column, fresh: false });
    for (const [key, one] of relation.constraints)
      if (one.fresh) relation.constraints.set(key, { ...one, fresh: false });
    if (relation.fresh) world.relations.set(name, { ...relation, fresh: false });
  }
  for (const [name, index] of world.indexes) if (index.fresh) world.indexes.set(name, { ...index, fresh: false });
  for (const [name, type] of world.types) if (type.fresh) world.types.set(name, { ...type, fresh: false });
  for (const [name, all] of world.functions) {
    if (all.some((one) => one.fresh))
      world.functions.set(
        name,
        all.map((one) => ({ ...one, fresh: false })),
      );
  }
  world.schema = "public";
}
