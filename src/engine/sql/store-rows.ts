import type { Kysely, RawBuilder } from "kysely";
import type { Confirmation } from "../../gates/approval/confirmation.ts";
import type { Store } from "../store.ts";
import { leasesOf } from "./lease-rows.ts";
import { evidenceOf, releaseOf, releaseRow } from "./rows.ts";
import type { Tables } from "./tables.ts";

/** Where the databases differ. */
export type Dialect = Readonly<{
  /** The database's own clock, in milliseconds since the epoch. */
  now: RawBuilder<number>;
  /** What grows with each release that it is told of. */
  nth: RawBuilder<number>;
}>;

/** Everything that a store keeps but its journal: each method may be called again when it is not known whether it has worked. */
export function storeRows(db: Kysely<Tables>, { now, nth }: Dialect): Omit<Store, "append" | "journal" | "close"> {
  const find: Store["find"] = async (id) => {
    const row = await db.selectFrom("releases").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? null : releaseOf(row);
  };

  return {
    ...leasesOf(db, now),

    create: async (release) => {
      const row = releaseRow(release);
      const made = await db
        .insertInto("releases")
        .values(row)
        .onConflict((on) => on.doNothing())
        .returning("id")
        .execute();
      if (made.length === 1) return;
      const there = await find(release.id);
      // An earlier attempt, whose answer was lost.
      if (there?.by === release.by && there.createdAt === release.createdAt && there.plan.id === release.plan.id)
        return;
      throw new Error(`there is a release ${release.id} already`);
    },
    update: async (id, change) => {
      const set = {
        ...(change.status === undefined ? {} : { status: change.status }),
        ...(change.endedAt === undefined ? {} : { ended_at: change.endedAt }),
        ...(change.evidence === undefined ? {} : { evidence_json: JSON.stringify(change.evidence) }),
      };
      await db.updateTable("releases").set(set).where("id", "=", id).execute();
    },
    find,
    releases: async (environment, limit) => {
      let query = db.selectFrom("releases").selectAll().orderBy(nth, "desc").limit(limit);
      if (environment !== null) query = query.where("environment", "=", environment);
      return (await query.execute()).map(releaseOf);
    },

    confirm: async ({ planId, ...confirmation }) => {
      const { at, evidence, note } = confirmation;
      await db
        .insertInto("confirmations")
        .values({ plan_id: planId, ...confirmation })
        .onConflict((on) => on.columns(["plan_id", "item", "by"]).doUpdateSet({ at, evidence, note }))
        .execute();
    },
    confirmations: async (planId) => {
      const found = await db
        .selectFrom("confirmations")
        .selectAll()
        .where("plan_id", "=", planId)
        .orderBy("at")
        .execute();
      return found.map(({ plan_id, ...rest }): Confirmation => ({ planId: plan_id, ...rest }));
    },

    keepEvidence: async ({ value, ...rest }) => {
      const row = { ...rest, value_json: JSON.stringify(value) };
      await db
        .insertInto("evidence")
        .values(row)
        .onConflict((on) => on.column("key").doUpdateSet(row))
        .execute();
    },
    evidence: async (key) => {
      const row = await db.selectFrom("evidence").selectAll().where("key", "=", key).executeTakeFirst();
      return row === undefined ? null : evidenceOf(row);
    },
    evidenceOf: async (environment, service) => {
      const rows = await db
        .selectFrom("evidence")
        .selectAll()
        .where("environment", "=", environment)
        .where("service", "=", service)
        .orderBy("at", "desc")
        .execute();
      return rows.map(evidenceOf);
    },
  };
}
