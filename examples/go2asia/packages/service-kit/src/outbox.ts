import type { Generated, Kysely, Transaction } from "kysely";
import type { Log } from "./log.ts";
import type { Award, AwardQueue } from "./queue.ts";

/** A table each publisher has: an award is written with what it is for, in one transaction, and sent from here. */
export type OutboxTable = {
  id: Generated<number>;
  award: Award;
  created_at: Generated<Date>;
};
export type WithOutbox = { outbox: OutboxTable };

type OutboxOptions = Readonly<{ database: Kysely<WithOutbox>; queue: AwardQueue; log: Log; every?: number }>;

/**
 * Neither lost nor sent for something that was rolled back. An award can be sent twice (a crash between the queue's commit
 * and ours); points counts each external id once.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends what is there now and looks again every few seconds for what another instance left. */
  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#options.every ?? 3_000);
    this.#options.queue.onConnected(() => this.wake());
  }

  /** Call after the transaction that added something was committed. */
  wake(): void {
    // While the queue is away, awards stay where they are: a transaction that waits for it would hold its rows.
    if (this.#closed || !this.#options.queue.connected) return;
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#running = this.#drain()
      .catch((error: unknown) => this.#options.log.warn({ error }, "awards wait in the outbox"))
      .finally(() => {
        this.#running = null;
        if (this.#again) {
          this.#again = false;
          this.wake();
        }
      });
  }

  readonly close = async (): Promise<void> => {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  };

  async #drain(): Promise<void> {
    const { database, queue } = this.#options;
    for (let sent = 1; sent > 0; ) {
      sent = await database.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom("outbox")
          .select(["id", "award"])
          .orderBy("id")
          .limit(20)
          .forUpdate()
          .skipLocked()
          .execute();
        for (const row of rows) await queue.publish(row.award);
        const ids = rows.map((row) => row.id);
        if (ids.length > 0) await transaction.deleteFrom("outbox").where("id", "in", ids).execute();
        return rows.length;
      });
    }
  }
}

/** Adds an award to the transaction that earns it. */
export async function earn<Tables extends WithOutbox>(transaction: Transaction<Tables>, award: Award): Promise<void> {
  const outbox = transaction as unknown as Transaction<WithOutbox>;
  await outbox.insertInto("outbox").values({ award }).execute();
}
