import { basename, dirname } from "node:path";
import pg from "pg";
import { StepFault } from "../fault.ts";
import type { Script, Statement } from "./migration.ts";
import { positionAt } from "./position.ts";

/** Did this error take the connection with it? What PostgreSQL answers and goes on from is a DatabaseError that is not FATAL. */
export const lostConnection = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || error.severity === "FATAL" || error.severity === "PANIC";

/** Somebody else was in the way and nothing happened: worth trying again. Lock timeout, deadlock, serialization failure. */
export const isContention = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ["55P03", "40P01", "40001"].includes(error.code ?? "");

export const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  if (error.message === "") return typeof code === "string" ? code : error.name;
  return error instanceof pg.DatabaseError ? `${error.message} (${error.code})` : error.message;
};

/** A connection that could not be made. */
export function unreachable(place: string, error: unknown): StepFault {
  const code = error instanceof pg.DatabaseError ? (error.code ?? "") : "";
  // Wrong password or role, no such database, no right to connect: the same again would not help.
  const refused = /^(28|3D|42)/.test(code);
  return new StepFault({
    code: refused ? "database-refused" : "database-unreachable",
    message: `cannot connect to ${place}: ${wordsOf(error)}`,
    retry: refused ? "never" : "safe",
  });
}

/** What PostgreSQL said about a statement, at its place in the file. `left` says what is there now. */
export function statementFault(
  failed: Readonly<{ error: unknown; script: Script; statement: Statement | null; left: string }>,
): StepFault {
  const { error, script, statement } = failed;
  const known = error instanceof pg.DatabaseError ? error : null;
  const offset = (statement?.offset ?? 0) + Math.max(0, Number(known?.position ?? 1) - 1);
  const { line, column } = positionAt(script.text, offset);
  const number = statement === null ? 0 : script.statements.indexOf(statement) + 1;
  const evidence = [
    statement === null
      ? "while it was being recorded or committed"
      : `statement ${number} of ${script.statements.length}`,
    known?.detail === undefined ? null : `detail: ${withoutValues(known.detail)}`,
    known?.hint === undefined ? null : `hint: ${known.hint}`,
    known?.where === undefined ? null : `where: ${known.where}`,
    HINTS[known?.code ?? ""] ?? null,
    failed.left,
  ];
  const file = `${basename(dirname(script.file))}/${basename(script.file)}`;
  return new StepFault({
    code: known?.code === "57014" ? "migration-cancelled" : "migration-failed",
    message: `${file}:${line}:${column}: ${wordsOf(error)}`,
    evidence: evidence.filter((part) => part !== null).join("\n"),
    retry: known?.code === "57014" ? "safe" : "never",
  });
}

/** PostgreSQL quotes the offending row in its details; rows are no business of a journal. */
const withoutValues = (detail: string): string =>
  detail.replaceAll(/\)=\(.*\)/gs, ")=(…)").replaceAll(/contains \(.*\)/gs, "contains (…)");

const HINTS: Readonly<Record<string, string>> = {
  "42501": "the role of the migration URL lacks this right: grant it, or let a role that has it own the object",
  "42P01": "is it made by an earlier migration, and in the schema that this role's search_path begins with?",
  "42P07": "it was made by other means than these migrations",
  "23502": "rows that are there already have no value for it: fill them first",
  "23503": "rows that are there already refer to nothing: correct them first",
  "23505": "rows that are there already are not unique: correct them first",
  "23514": "rows that are there already break the rule: correct them first",
};
