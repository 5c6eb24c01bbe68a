import type { Header, Operation, Reply } from "../model/api.ts";
import type { SchemaPair } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import type { Both, OperationPair, Part, Told } from "./both.ts";
import { compareMedia } from "./compare-bodies.ts";

export function compareReplies(both: Both, { old, next }: OperationPair, direction: Direction): Part {
  const findings: Told[] = [];
  const schemas: SchemaPair[] = [];
  const added = [...next.replies.keys()].filter((status) => !old.replies.has(status));
  for (const [status, reply] of old.replies) {
    const kept = replyFor(next, status);
    if (kept === null) findings.push(gone({ reply, next, added }, direction));
    else {
      const part = compareReply(both, { old: reply, next: kept }, direction);
      findings.push(...part.findings);
      schemas.push(...part.schemas);
    }
  }
  for (const status of added) {
    const reply = next.replies.get(status);
    if (reply !== undefined)
      findings.push({
        kind: "status-added",
        on: status,
        says: "the status is new",
        old: old.spot,
        next: reply.spot,
        direction,
      });
  }
  return { findings, schemas };
}

/** The reply that a contract declares for a status: by itself, by its class, or for all. */
export function replyFor(operation: Operation, status: string): Reply | null {
  const { replies } = operation;
  return (
    replies.get(status) ??
    replies.get(`${status[0]}XX`) ??
    (status.startsWith("2") ? null : replies.get("default")) ??
    null
  );
}

function gone(
  { reply, next, added }: Readonly<{ reply: Reply; next: Operation; added: readonly string[] }>,
  direction: Direction,
): Told {
  const { status } = reply;
  const at = { old: reply.spot, next: next.spot, direction, on: status };
  if (/^[123]/.test(status)) return { kind: "success-status-removed", says: "the status is gone", ...at };
  const instead = added.find((one) => one[0] === status[0] && /^[45]/.test(one));
  if (instead === undefined) return { kind: "error-status-removed", says: "it is not answered any more", ...at };
  return { kind: "error-status-changed", says: `it is gone, and ${instead} is new`, ...at };
}

function compareReply(both: Both, { old, next }: Readonly<{ old: Reply; next: Reply }>, direction: Direction): Part {
  const at = { old: old.spot, next: next.spot };
  const media = compareMedia(
    both,
    { old: old.media, next: next.media, around: at, on: `${old.status} body` },
    direction,
  );
  const findings: Told[] = [...media.findings];
  const schemas: SchemaPair[] = [...media.schemas];
  for (const [name, header] of old.headers) {
    const kept = next.headers.get(name);
    const on = `${old.status} header ${header.name}`;
    if (kept === undefined)
      findings.push({ kind: "header-removed", on, says: "it is gone", old: header.spot, next: next.spot, direction });
    else {
      findings.push(...compareHeader({ old: header, next: kept }, on, direction));
      const given = [header.schema, kept.schema].map((schema) => (schema === null ? [] : [schema]));
      schemas.push(both.pairs.pair({ old: given[0] ?? [], next: given[1] ?? [], direction, text: true, on }));
    }
  }
  for (const [name, header] of next.headers) {
    if (!old.headers.has(name))
      findings.push({
        kind: "header-added",
        on: `${old.status} header ${header.name}`,
        says: "it is new",
        old: old.spot,
        next: header.spot,
        direction,
      });
  }
  return { findings, schemas };
}

function compareHeader(
  { old, next }: Readonly<{ old: Header; next: Header }>,
  on: string,
  direction: Direction,
): readonly Told[] {
  if (old.required === next.required) return [];
  const kind = next.required ? "header-became-required" : "header-became-optional";
  const says = next.required ? "it is always there now" : "it may be missing now";
  return [{ kind, on, says, old: old.spot, next: next.spot, direction }];
}
