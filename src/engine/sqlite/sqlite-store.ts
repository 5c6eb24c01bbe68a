import { Kysely } from "kysely";
import { StepFault } from "../../fault.ts";
import type { Confirmation } from "../../gates/approval/confirmation.ts";
import { createFile } from "../../io/create-file.ts";
import { makeFolder } from "../../io/make-folder.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Evidence, Lease, LeaseOwner, ReleaseKind, ReleaseRecord, ReleaseStatus, Store } from "../store.ts";
import { nodeSqliteDialect } from "./dialect.ts";
import { journalOf } from "./journal-rows.ts";
import { withStoreFaults } from "./store-fault.ts";
import { createTables, type Tables } from "./tables.ts";

/**
 * Opens (and makes) the store in a folder.
 * @throws StepFault `store-unusable` when the file cannot be opened or is no database.
 */
export async function openSqliteStore(folder: string): Promise<Store> {
  try {
    makeFolder(folder);
    // A store inside the repository must not make the working tree dirty.
    await createFile(`${folder}/.gitignore`, "*\n");
    const db = new Kysely<Tables>({ dialect: nodeSqliteDialect(`${folder}/store.db`) });
    await createTables(db);
    return withStoreFaults(sqliteStore(db), folder);
  } catch (error) {
    throw new StepFault({
      code: "store-unusable",
      message: `the store in ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      retry: "never",
    });
  }
}

function sqliteStore(db: Kysely<Tables>): Store {
  const rows = journalOf(db);
  return {
    acquire: async (environment, wanted, now, dead) => {
      const values = {
        environment,
        token: wanted.token,
        owner_json: JSON.stringify(wanted.owner),
        since: wanted.since,
        expires_at: wanted.expiresAt,
      };
      // Each try is one statement that takes it from whom it was seen with: of two at the same moment one looks again.
      for (;;) {
        const seen = await db
          .selectFrom("leases")
          .selectAll()
          .where("environment", "=", environment)
          .executeTakeFirst();
        if (seen === undefined) {
          const made = await db
            .insertInto("leases")
            .values(values)
            .onConflict((on) => on.doNothing())
            .executeTakeFirst();
          if (made.numInsertedOrUpdatedRows === 1n) return null;
          continue;
        }
        const held = leaseOf(seen);
        if (held.token !== wanted.token && held.expiresAt > now && !dead(held.owner)) return held;
        const taken = await db
          .updateTable("leases")
          .set(values)
          .where("environment", "=", environment)
          .where("token", "=", seen.token)
          .where("expires_at", "=", seen.expires_at)
          .executeTakeFirst();
        if (taken.numUpdatedRows === 1n) return null;
      }
    },
    renew: async (environment, token, expiresAt) => {
      const result = await db
        .updateTable("leases")
        .set({ expires_at: expiresAt })
        .where("environment", "=", environment)
        .where("token", "=", token)
        .executeTakeFirst();
      return Number(result.numUpdatedRows) === 1;
    },
    release: async (environment, token) => {
      await db.deleteFrom("leases").where("environment", "=", environment).where("token", "=", token).execute();
    },
    lease: async (environment) => {
      const row = await db.selectFrom("leases").selectAll().where("environment", "=", environment).executeTakeFirst();
      return row === undefined ? null : leaseOf(row);
    },

    create: async (release) => {
      await db.insertInto("releases").values(releaseRow(release)).execute();
    },
    update: async (id, change) => {
      const set = {
        ...(change.status === undefined ? {} : { status: change.status }),
        ...(change.endedAt === undefined ? {} : { ended_at: change.endedAt }),
        ...(change.evidence === undefined ? {} : { evidence_json: JSON.stringify(change.evidence) }),
      };
      await db.updateTable("releases").set(set).where("id", "=", id).execute();
    },
    find: async (id) => {
      const row = await db.selectFrom("releases").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : releaseOf(row);
    },
    releases: async (environment, limit) => {
      let query = db
        .selectFrom("releases")
        .selectAll()
        .orderBy("created_at", "desc")
        .orderBy("id", "desc")
        .limit(limit);
      if (environment !== null) query = query.where("environment", "=", environment);
      return (await query.execute()).map(releaseOf);
    },

    append: rows.append,
    journal: rows.read,

    confirm: async ({ planId, ...confirmation }) => {
      await db
        .insertInto("confirmations")
        .values({ plan_id: planId, ...confirmation })
        .onConflict((on) => on.doNothing())
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

    cached: async (key) => {
      const row = await db.selectFrom("cached").select("value_json").where("key", "=", key).executeTakeFirst();
      return row === undefined ? null : JSON.parse(row.value_json);
    },
    cache: async (key, value, now) => {
      const row = { key, value_json: JSON.stringify(value), at: now };
      await db
        .insertInto("cached")
        .values(row)
        .onConflict((on) => on.column("key").doUpdateSet(row))
        .execute();
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
      return row === undefined ? null : evidenceFrom(row);
    },
    evidenceOf: async (environment, service) => {
      const rows = await db
        .selectFrom("evidence")
        .selectAll()
        .where("environment", "=", environment)
        .where("service", "=", service)
        .orderBy("at", "desc")
        .execute();
      return rows.map(evidenceFrom);
    },

    close: () => db.destroy(),
  };
}

const evidenceFrom = ({ value_json, ...rest }: Tables["evidence"]): Evidence => ({
  ...rest,
  value: JSON.parse(value_json) as unknown,
});

const leaseOf = (row: Tables["leases"]): Lease => ({
  owner: JSON.parse(row.owner_json) as LeaseOwner,
  token: row.token,
  since: row.since,
  expiresAt: row.expires_at,
});

const releaseRow = (release: ReleaseRecord): Tables["releases"] => ({
  id: release.id,
  environment: release.environment,
  kind: release.kind,
  status: release.status,
  commit_id: release.commit,
  by: release.by,
  created_at: release.createdAt,
  ended_at: release.endedAt,
  plan_json: JSON.stringify(release.plan),
  evidence_json: JSON.stringify(release.evidence),
});

const releaseOf = (row: Tables["releases"]): ReleaseRecord => ({
  id: row.id,
  environment: row.environment,
  kind: row.kind as ReleaseKind,
  status: row.status as ReleaseStatus,
  commit: row.commit_id,
  by: row.by,
  createdAt: row.created_at,
  endedAt: row.ended_at,
  plan: JSON.parse(row.plan_json) as Plan,
  evidence: JSON.parse(row.evidence_json) as Record<string, unknown>,
});
