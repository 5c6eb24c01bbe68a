import type { DatabaseSync } from "node:sqlite";
import { StepFault } from "../../fault.ts";
import { openDatabase, sqliteCode } from "../../io/sqlite.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS scopes (
  fleet TEXT NOT NULL, environment TEXT NOT NULL,
  fence INTEGER NOT NULL, owner TEXT NOT NULL, claimed_at INTEGER NOT NULL,
  epoch INTEGER NOT NULL, listen TEXT,
  PRIMARY KEY (fleet, environment)
) STRICT;
CREATE TABLE IF NOT EXISTS instances (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  fleet TEXT NOT NULL, environment TEXT NOT NULL, service TEXT NOT NULL,
  operation_id TEXT NOT NULL, release TEXT NOT NULL,
  revision TEXT NOT NULL, source TEXT NOT NULL, spec TEXT NOT NULL, argv TEXT NOT NULL,
  goal TEXT NOT NULL, terminating INTEGER NOT NULL, generation INTEGER NOT NULL,
  pid INTEGER, stamp TEXT, port INTEGER,
  restarts INTEGER NOT NULL, last_exit TEXT, started_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS instances_of_operation ON instances (fleet, environment, operation_id);
CREATE TABLE IF NOT EXISTS routes (
  fleet TEXT NOT NULL, environment TEXT NOT NULL, service TEXT NOT NULL,
  match TEXT NOT NULL, backends TEXT NOT NULL,
  PRIMARY KEY (fleet, environment, service)
) STRICT;
CREATE TABLE IF NOT EXISTS marks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  fleet TEXT NOT NULL, environment TEXT NOT NULL, service TEXT NOT NULL,
  operation_id TEXT NOT NULL, mark TEXT NOT NULL,
  UNIQUE (fleet, environment, service, operation_id)
) STRICT;
`;

/** Added without a new format: who does not know it leaves it alone. */
const ADDED = `
CREATE TABLE IF NOT EXISTS traffic (
  fleet TEXT NOT NULL, environment TEXT NOT NULL, service TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (fleet, environment, service)
) STRICT;
`;

const VERSION = 1;

/** What the agent must know again after its own death. Throws a StepFault that says what is wrong with the file. */
export function openState(path: string): DatabaseSync {
  try {
    const database = openDatabase(path);
    const version = database.prepare("PRAGMA user_version").get()?.user_version;
    if (version !== 0 && version !== VERSION) {
      database.close();
      throw new StepFault({
        code: "agent-state-newer",
        message: `${path} was written by another version of Sampan (format ${String(version)}, this one knows ${VERSION})`,
      });
    }
    if (version === 0) database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT;`);
    database.exec(ADDED);
    const check = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    if (check !== "ok") {
      database.close();
      throw corrupt(path, String(check));
    }
    return database;
  } catch (error) {
    throw stateFault(error, path) ?? error;
  }
}

/** All of it or nothing, durable once it returns. The body is synchronous: nothing else happens on this agent meanwhile. */
export function transaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = body();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite rolls back by itself when the disk is full or fails.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/**
 * The same without a wait for the disk: it outlives the agent, and need not outlive the machine, because what it tells of does not
 * either. What is written durably next takes it along.
 */
export function hastyTransaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    return transaction(database, body);
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}

/** The clear word for what SQLite says of its file; null for an error that is not of that kind. */
export function stateFault(error: unknown, path: string): StepFault | null {
  const evidence = error instanceof Error ? error.message : String(error);
  switch (sqliteCode(error)) {
    case 13:
      return new StepFault({
        code: "agent-state-full",
        message: `The agent cannot write down what it should do: no space left for ${path}`,
        evidence,
        retry: "safe",
      });
    case 10:
    case 8:
    case 14:
      return new StepFault({
        code: "agent-state-unwritable",
        message: `The agent cannot read or write ${path}`,
        evidence,
        retry: "safe",
      });
    case 11:
    case 26:
      return corrupt(path, evidence);
    default:
      return null;
  }
}

const corrupt = (path: string, evidence: string) =>
  new StepFault({
    code: "agent-state-corrupt",
    message: `${path} is damaged. Instances and router keep running; move the file away to start with an empty record, or restore it`,
    evidence,
  });
