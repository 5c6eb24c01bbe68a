import { Kysely, PostgresDialect, type PostgresPool, sql } from "kysely";
import { StepFault } from "../../fault.ts";
import { eachMethod } from "../sql/each-method.ts";
import { journalOf } from "../sql/journal-rows.ts";
import { type Dialect, storeRows } from "../sql/store-rows.ts";
import type { Tables } from "../sql/tables.ts";
import type { Store } from "../store.ts";
import { lasting } from "./lasting.ts";
import { isTaken, storeFault } from "./lost.ts";
import type { Patience } from "./patience.ts";

const POSTGRES: Dialect = {
  now: sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  nth: sql<number>`nth`,
};

/** A store whose tables are there. */
export function postgresStore({
  pool,
  schema,
  place,
  patience,
}: Readonly<{ pool: PostgresPool; schema: string; place: string; patience: Patience }>): Store {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }), plugins: [lasting] }).withSchema(schema);
  const faults = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw isTaken(error) ? error : storeFault(error, place);
    }
  };
  const journal = journalOf(db, {
    run: (work) => faults(() => patience(work)),
    isTaken,
    isUnknown: (error) => error instanceof StepFault && error.retry === "unknown",
  });
  return {
    ...eachMethod(storeRows(db, POSTGRES), (work) => faults(() => patience(work))),
    ...journal,
    close: () => pool.end(),
  };
}
