import type { ServerError } from "./scratch/server-errors.ts";

/**
 * Errors that a change of the schema brings: what is missing, forbidden or of another type, and values that it does not accept any
 * more. A duplicate is none of them: the same checks, run twice, meet it by themselves.
 */
const SUSPECT = /^(42|0A|22|25|3F|2BP|428)|^(23502|23503|23514|23P01|55P04)$/;

/**
 * The errors that a role met since the migrations and had not met before them. Told by code and words; numbers and quoted values in a
 * statement change from one request to the next. Pure.
 */
export function suspects(
  before: readonly ServerError[],
  after: readonly ServerError[],
  of: Readonly<{ database: string; roles: readonly string[] }>,
): readonly ServerError[] {
  const known = new Set(before.filter((error) => own(error, of)).map(shape));
  const seen = new Set<string>();
  return after.filter((error) => {
    if (!own(error, of) || !SUSPECT.test(error.code) || known.has(shape(error)) || seen.has(shape(error))) return false;
    seen.add(shape(error));
    return true;
  });
}

const own = (error: ServerError, of: Readonly<{ database: string; roles: readonly string[] }>): boolean =>
  error.database === of.database && of.roles.includes(error.role);

const shape = ({ code, statement }: ServerError): string =>
  `${code} ${statement
    .replaceAll(/'(?:[^']|'')*'/g, "?")
    .replaceAll(/\d+/g, "0")
    .replaceAll(/\s+/g, " ")}`;

export const suspectLine = ({ code, message, statement }: ServerError): string =>
  `${(message.split("\n")[0] ?? "").replace(/ at character \d+$/, "")} (${code}), in: ${statement.replaceAll(/\s+/g, " ").trim().slice(0, 300)}`;
