import type { Kysely, RawBuilder } from "kysely";
import type { LeaseOwner, Store } from "../store.ts";
import type { Tables } from "./tables.ts";

/** `now`: the database's own word for the time, in milliseconds. Whatever clocks the deployers have, there is one here. */
export function leasesOf(
  db: Kysely<Tables>,
  now: RawBuilder<number>,
): Pick<Store, "acquire" | "renew" | "release" | "lease"> {
  const lease: Store["lease"] = async (environment) => {
    const row = await db
      .selectFrom("leases")
      .select(["owner_json", "token", "since", "expires_at", now.as("now")])
      .where("environment", "=", environment)
      .executeTakeFirst();
    if (row === undefined) return null;
    const owner = JSON.parse(row.owner_json) as LeaseOwner;
    return { owner, token: row.token, heldFor: row.now - row.since, left: row.expires_at - row.now };
  };

  return {
    lease,
    acquire: async (environment, { owner, token, lasts }, dead) => {
      const values = { token, owner_json: JSON.stringify(owner) };
      // One statement looks and takes, under the row's lock: of two at the same moment the second sees the first's.
      for (let from = token; ; ) {
        const taken = await db
          .insertInto("leases")
          .values((eb) => ({ ...values, environment, since: now, expires_at: eb(now, "+", lasts) }))
          .onConflict((on) =>
            on
              .column("environment")
              .doUpdateSet((eb) => ({ ...values, since: now, expires_at: eb(now, "+", lasts) }))
              .where((eb) => eb.or([eb("leases.token", "in", [token, from]), eb("leases.expires_at", "<=", now)])),
          )
          .returning("token")
          .execute();
        if (taken.length === 1) return null;
        const held = await lease(environment);
        if (held === null || held.left <= 0) continue;
        if (!dead(held.owner)) return held;
        from = held.token;
      }
    },
    renew: async (environment, token, lasts) => {
      const renewed = await db
        .updateTable("leases")
        .set((eb) => ({ expires_at: eb(now, "+", lasts) }))
        .where("environment", "=", environment)
        .where("token", "=", token)
        .returning("token")
        .execute();
      return renewed.length === 1;
    },
    release: async (environment, token) => {
      await db.deleteFrom("leases").where("environment", "=", environment).where("token", "=", token).execute();
    },
  };
}
