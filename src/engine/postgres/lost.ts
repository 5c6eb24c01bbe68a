import pg from "pg";
import { StepFault } from "../../fault.ts";

const codeOf = (error: unknown): string => (error instanceof pg.DatabaseError ? (error.code ?? "") : "");

/** The connection broke, or could not be made; `message` says how. */
export class ConnectionLost extends Error {}

/** Did this error take the connection with it? Then nobody knows whether what was asked for has happened. */
export const isLost = (error: unknown): boolean =>
  error instanceof ConnectionLost ||
  (error instanceof pg.DatabaseError && (error.severity === "FATAL" || error.severity === "PANIC"));

/** The row's key is taken. */
export const isTaken = (error: unknown): boolean => codeOf(error) === "23505";

/** Wrong password or role, no such database, no right to connect: the same again would not help. */
export const isRefused = (error: unknown): boolean => /^(28|3D)/.test(codeOf(error)) || codeOf(error) === "42501";

/**
 * Will it pass? A connection that broke, a server that starts or stops, one that is a standby until it has been promoted, no connection to spare, somebody
 * else in the way.
 */
export const passes = (error: unknown): boolean =>
  !isRefused(error) &&
  ((error instanceof StepFault && error.retry !== "never") ||
    isLost(error) ||
    /^(08|40|53300$|55P03$|57|25006$)/.test(codeOf(error)));

export const wordsOf = (error: unknown): string => {
  if (error instanceof pg.DatabaseError) return `${error.message} (${error.code})`;
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return error.message === "" ? (typeof code === "string" ? code : error.name) : error.message;
};

/** What the store's users are told of an error; any that is not the database's as it is. */
export function storeFault(error: unknown, place: string): unknown {
  if (error instanceof StepFault) return error;
  const said = wordsOf(error);
  const fault = (code: string, message: string, evidence: string, retry: "safe" | "never" | "unknown") =>
    new StepFault({ code, message, evidence, retry });
  const code = codeOf(error);
  if (isRefused(error)) {
    return code === "42501"
      ? fault(
          "store-forbidden",
          `the store at ${place} forbids it: ${said}`,
          "`sampan doctor` says which right is missing",
          "never",
        )
      : fault(
          "store-refused",
          `the store at ${place} does not let us in: ${said}`,
          "its user, password or database is another",
          "never",
        );
  }
  if (code === "25006")
    return fault(
      "store-read-only",
      `the store at ${place} can only be read: ${said}`,
      "name the primary, not a standby",
      "safe",
    );
  if (/^53[12]/.test(code))
    return fault("store-full", `the store at ${place} has no room: ${said}`, "make room on its server", "safe");
  if (passes(error)) {
    const hint = "start its server, or the way to it; nothing that was acknowledged is lost";
    return fault("store-unreachable", `the store at ${place} does not answer: ${said}`, hint, "unknown");
  }
  if (/^(42P01|42703|3F000|XX00[12])$/.test(code)) {
    const hint =
      "restore it from its backup, or name another: what runs is read from the target, only the history is lost";
    return fault("store-damaged", `the store at ${place} is damaged: ${said}`, hint, "never");
  }
  return error instanceof pg.DatabaseError
    ? fault("store-unusable", `the store at ${place} cannot be used: ${said}`, "", "never")
    : error;
}
