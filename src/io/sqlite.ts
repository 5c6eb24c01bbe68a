import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "./make-folder.ts";

/** Opens (or makes) a database of this user's own that survives a power loss after each commit. */
export function openDatabase(path: string): DatabaseSync {
  makeFolder(dirname(path));
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * Takes an exclusive lock that the kernel lets go of when this process ends, however it ends. Null when somebody else
 * holds it.
 */
export function lockFile(path: string): { release(): void } | null {
  makeFolder(dirname(path));
  const database = new DatabaseSync(path);
  try {
    chmodSync(path, 0o600);
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (sqliteCode(error) === 5) return null;
    throw error;
  }
}

/** The primary result code of SQLite (5 busy, 10 I/O error, 11 corrupt, 13 full, 26 not a database); null for other errors. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}
