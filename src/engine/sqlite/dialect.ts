import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { SqliteDialect } from "kysely";
import { fileSize } from "../../io/file-size.ts";
import { sqliteCode } from "../../io/sqlite.ts";

/** Lets kysely's own SQLite dialect speak to Node's built-in driver: no native addon, and durable at every commit. */
export function nodeSqliteDialect(path: string): SqliteDialect {
  const database = openDatabase(path);
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql: string) => {
        const statement = database.prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
          run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
          iterate: (parameters: readonly unknown[]) =>
            statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
        };
      },
    },
  });
}

/** SQLite's words for an input or output that failed, and a disk that is full. */
const NO_ROOM = [10, 13];

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    return database;
  } catch (error) {
    database.close();
    // Nothing waits beside it to be taken over, and a full disk has no room for the files that writing needs: it can still be read.
    if (!NO_ROOM.includes(sqliteCode(error) ?? 0) || fileSize(`${path}-wal`) > 0) throw error;
    const url = pathToFileURL(path);
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true });
  }
}
