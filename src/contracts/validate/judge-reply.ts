import { replyFor } from "../compare/compare-replies.ts";
import type { Operation, Reply } from "../model/api.ts";
import { resolved } from "../model/resolved.ts";
import type { Document } from "../read/document.ts";
import type { Validator } from "./validator.ts";

export type Answered = Readonly<{
  status: number;
  /** By their names in small letters. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  body: string;
}>;

/** What of an answer is not as the contract declares it; empty: all is. */
export function judgeReply(
  of: Readonly<{ document: Document; operation: Operation; validate: Validator }>,
  answered: Answered,
): readonly string[] {
  const { operation } = of;
  const reply = replyFor(operation, String(answered.status)) ?? operation.replies.get("default") ?? null;
  if (reply === null) {
    // Whoever comes without a proof of identity is turned away, which not every contract says.
    if (operation.security !== null && (answered.status === 401 || answered.status === 403)) return [];
    return [`it answered ${answered.status}, and declares ${[...operation.replies.keys()].join(", ")}`];
  }
  const missing = [...reply.headers].filter(
    ([name, header]) => header.required && answered.headers[name] === undefined,
  );
  return [
    ...missing.map(([, { name }]) => `it answered ${answered.status} without the header ${name}`),
    ...body(of, reply, answered),
  ];
}

function body(
  { document, validate }: Parameters<typeof judgeReply>[0],
  reply: Reply,
  answered: Answered,
): readonly string[] {
  if (reply.media.size === 0 || answered.body === "") return [];
  const type =
    String(answered.headers["content-type"] ?? "")
      .split(";")[0]
      ?.trim()
      .toLowerCase() ?? "";
  const media = reply.media.get(type) ?? reply.media.get(`${type.split("/")[0]}/*`) ?? reply.media.get("*/*");
  if (media === undefined) {
    const declared = [...reply.media.keys()].join(", ");
    return [`it answered ${answered.status} with ${type === "" ? "no content type" : type}, and declares ${declared}`];
  }
  if (media.schema === null || !/[/+]json$/.test(type) || resolved(document, media.schema) === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(answered.body);
  } catch {
    return [`it answered ${answered.status} with ${type} that is no JSON`];
  }
  return validate(media.schema, value).map((wrong) => `it answered ${answered.status}: ${wrong}`);
}
