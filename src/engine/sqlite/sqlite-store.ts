import { Kysely, sql } from "kysely";
import { StepFault } from "../../fault.ts";
import { createFile } from "../../io/create-file.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { sqliteCode } from "../../io/sqlite.ts";
import { eachMethod } from "../sql/each-method.ts";
import { journalOf } from "../sql/journal-rows.ts";
import { type Dialect, storeRows } from "../sql/store-rows.ts";
import type { Tables } from "../sql/tables.ts";
import type { Store } from "../store.ts";
import { createTables } from "./create-tables.ts";
import { nodeSqliteDialect } from "./dialect.ts";
import { storeFault } from "./store-fault.ts";

const SQLITE: Dialect = {
  now: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  nth: sql<number>`rowid`,
};

/** SQLite's word for a row whose key is taken. */
const CONSTRAINT = 19;

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
    const journal = journalOf(db, {
      run: (work) => work(),
      isTaken: (error) => sqliteCode(error) === CONSTRAINT,
      isUnknown: () => false,
    });
    return eachMethod({ ...storeRows(db, SQLITE), ...journal, close: () => db.destroy() }, (work) =>
      work().catch((error: unknown) => {
        throw storeFault(error, folder);
      }),
    );
  } catch (error) {
    throw new StepFault({
      code: "store-unusable",
      message: `the store in ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      retry: "never",
    });
  }
}
