import { StepFault } from "../../fault.ts";
import { lostConnection } from "../database-fault.ts";

/** What a run of migrations met: the statement's place, its error, and what the server said of it, without what is left on it. */
export function wordsOfFault(error: unknown): string {
  if (error instanceof StepFault) {
    const more = error.evidence.split("\n").filter((line) => /^(statement|detail|hint|where)/.test(line));
    return [error.message, ...more].join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

/** The scratch server went away under it: that says nothing of the migration. */
export const isOurs = (error: unknown): boolean =>
  error instanceof StepFault &&
  ["migration-interrupted", "migration-unknown", "database-unreachable"].includes(error.code);

/** As `isOurs`, of whatever was done there: a session that broke is no fault of a step's. */
export const isLost = (error: unknown): boolean =>
  isOurs(error) || (!(error instanceof StepFault) && lostConnection(error));
