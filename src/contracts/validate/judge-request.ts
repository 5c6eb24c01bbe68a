import { replyFor } from "../compare/compare-replies.ts";
import type { Operation } from "../model/api.ts";
import { resolved } from "../model/resolved.ts";
import type { Document } from "../read/document.ts";
import type { Validator } from "./validator.ts";

/** A request that somebody means to make, and the status that he expects. */
export type Meant = Readonly<{
  /** Undefined: none is sent. */
  json?: unknown;
  /** By their names in small letters. */
  headers: Readonly<Record<string, string>>;
  status: number;
}>;

/**
 * What of a request that is meant to be made does not fit the contract; empty: all does. What is meant to be refused may hold anything: only its status has to be
 * declared.
 */
export function judgeRequest(
  of: Readonly<{ document: Document; operation: Operation; validate: () => Validator }>,
  meant: Meant,
): readonly string[] {
  const { operation } = of;
  const { status } = meant;
  const isDeclared = replyFor(operation, String(status)) !== null || operation.replies.has("default");
  // Whoever comes without a proof of identity is turned away, which not every contract says.
  const isTurnedAway = operation.security !== null && (status === 401 || status === 403);
  const statuses = [...operation.replies.keys()].join(", ");
  return [
    ...(isDeclared || isTurnedAway ? [] : [`the smoke test expects ${status}, and it declares ${statuses}`]),
    ...(status < 400 ? bodyProblems(of, meant) : []),
  ];
}

function bodyProblems(
  { document, operation, validate }: Parameters<typeof judgeRequest>[0],
  { json, headers }: Meant,
): readonly string[] {
  const { body } = operation;
  if (json === undefined)
    return body?.required === true && headers["content-type"] === undefined
      ? ["the smoke test sends no body, and it requires one"]
      : [];
  if (body === null) return ["the smoke test sends a body, and it declares none"];
  const type = (headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  const media = body.media.get(type) ?? body.media.get(`${type.split("/")[0]}/*`) ?? body.media.get("*/*");
  if (media === undefined)
    return [`the smoke test sends ${type}, and it declares ${[...body.media.keys()].join(", ")}`];
  if (media.schema === null || !/[/+]json$/.test(type) || resolved(document, media.schema) === null) return [];
  return validate()(media.schema, json).map((wrong) => `what the smoke test sends: ${wrong}`);
}
