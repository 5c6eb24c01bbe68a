import { conflict } from "@go2asia/service-kit/failure";
import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** `amount` above 0 awards, below 0 spends. */
export type Entry = Readonly<{ externalId: string; userId: string; amount: number; reason: string }>;

export type Recorded = Readonly<{ externalId: string; balance: number; repeated: boolean }>;

/** What moves points: each external id once, no balance below 0, every change with its line. */
export class Ledger {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** 409 when the balance would fall below 0, or when the external id stands for something else already. */
  record({ externalId, userId, amount, reason }: Entry): Promise<Recorded> {
    return this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto("accounts")
        .values({ user_id: userId })
        .onConflict((on) => on.column("user_id").doNothing())
        .execute();
      // One change of an account at a time; the same external id for the same account waits here for its twin.
      const { balance } = await transaction
        .selectFrom("accounts")
        .select("balance")
        .where("user_id", "=", userId)
        .forUpdate()
        .executeTakeFirstOrThrow();
      const after = balance + amount;
      const before = await transaction
        .selectFrom("ledger")
        .select(["user_id", "amount", "balance_after"])
        .where("external_id", "=", externalId)
        .executeTakeFirst();
      if (before !== undefined) {
        if (before.user_id !== userId || before.amount !== amount) throw otherEntry();
        return { externalId, balance: before.balance_after, repeated: true };
      }
      if (after < 0) throw conflict("not-enough-points", `The balance is ${balance}.`);
      const inserted = await transaction
        .insertInto("ledger")
        .values({ external_id: externalId, user_id: userId, amount, balance_after: after, reason })
        .onConflict((on) => on.column("external_id").doNothing())
        .returning("id")
        .executeTakeFirst();
      // Taken in the meantime by an entry of another account: those do not wait for each other.
      if (inserted === undefined) throw otherEntry();
      await transaction.updateTable("accounts").set({ balance: after }).where("user_id", "=", userId).execute();
      return { externalId, balance: after, repeated: false };
    });
  }

  async balance(userId: string): Promise<number> {
    const row = await this.#database
      .selectFrom("accounts")
      .select("balance")
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row?.balance ?? 0;
  }

  /** Newest first, older than `before`. */
  history(userId: string, limit: number, before: number | null) {
    return this.#database
      .selectFrom("ledger")
      .select(["id", "external_id as externalId", "amount", "balance_after as balance", "reason", "created_at as at"])
      .where("user_id", "=", userId)
      .$if(before !== null, (rows) => rows.where("id", "<", before ?? 0))
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
  }
}

const otherEntry = () => conflict("external-id-taken", "This external id stands for another entry.");
