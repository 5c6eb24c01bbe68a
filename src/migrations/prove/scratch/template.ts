import type { Catalog } from "../../catalog/catalog.ts";
import type { Ground, ProofCx } from "../ground.ts";
import { fromDump } from "./from-dump.ts";
import { fromMigrations } from "./from-migrations.ts";
import { makeRoles } from "./roles.ts";
import { type Samples, sampleRows } from "./sample-rows.ts";
import { inTurn, withAdmin } from "./scratch-server.ts";
import { seed } from "./seed.ts";

export type Template = Readonly<{
  /** Nobody is connected to it: it is cloned for every part of a proof. */
  database: string;
  catalog: Catalog;
  /** How the schema came about, and where it is not the environment's. */
  notes: readonly string[];
  samples: Samples;
}>;

/** The environment's schema could not be made here, and why. */
export type NoTemplate = Readonly<{ why: string; differences: readonly string[] }>;

/**
 * Makes the environment's schema on the scratch server: from the recorded migrations where their files are there, else from a dump;
 * then compares it with the real catalog. What was given by hand (rights, owners) is given here too. Rows come last.
 */
export async function makeTemplate(ground: Ground, cx: ProofCx): Promise<Template | NoTemplate> {
  await inTurn(cx.server, (client) => makeRoles(client, ground.catalog.roles, cx.server));
  const built = await fromMigrations(ground, cx);
  const made = "why" in built ? await fromDump(ground, cx, built) : built;
  if ("why" in made) return made;
  const { database } = made;
  return withAdmin(cx.server, database, async (client) => {
    const seeded = await seed(ground, cx, database);
    const samples = await sampleRows(client, made.catalog);
    return { database, catalog: made.catalog, notes: [...made.notes, ...seeded], samples };
  });
}
