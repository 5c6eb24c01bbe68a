import type { SchemaPair } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import type { Both, OperationFound, OperationPair, Told } from "./both.ts";
import { compareBodies } from "./compare-bodies.ts";
import { compareParameters } from "./compare-parameters.ts";
import { compareReplies } from "./compare-replies.ts";
import { compareSecurity } from "./compare-security.ts";

/** One operation before and after. `inverted`: the service is the one that calls. */
export function compareOperation(
  both: Both,
  { old, next }: OperationPair,
  inverted = false,
): readonly OperationFound[] {
  const sends: Direction = inverted ? "response" : "request";
  const gets: Direction = inverted ? "request" : "response";
  const findings: Told[] = [];
  const schemas: SchemaPair[] = [];
  const at = { old: old.spot, next: next.spot };
  const tell = (kind: string, says: string, spots: Partial<typeof at> = {}): void => {
    findings.push({ kind, on: old.name, says, ...at, ...spots, direction: sends });
  };
  if (!old.deprecated && next.deprecated) tell("operation-deprecated", "it is deprecated");
  if (old.id !== next.id && old.id !== null)
    tell("operation-id-changed", `operationId was ${old.id}, and is ${next.id ?? "not set"}`);
  for (const part of [
    compareParameters(both, { old, next }, sends),
    compareBodies(both, { old, next }, sends),
    compareReplies(both, { old, next }, gets),
  ]) {
    findings.push(...part.findings);
    schemas.push(...part.schemas);
  }
  if (!inverted) findings.push(...compareSecurity(both, { old, next }));
  return [{ operation: old.name, findings, schemas }, ...compareCallbacks(both, { old, next })];
}

/** What the service calls by itself is its own request. */
function compareCallbacks(both: Both, { old, next }: OperationPair): readonly OperationFound[] {
  const found: OperationFound[] = [];
  const own: Told[] = [];
  const direction: Direction = "response";
  for (const [key, callback] of old.callbacks) {
    const kept = next.callbacks.get(key);
    if (kept !== undefined) found.push(...compareOperation(both, { old: callback, next: kept }, true));
    else
      own.push({
        kind: "callback-removed",
        on: callback.name,
        says: "the service does not call back any more",
        old: callback.spot,
        next: next.spot,
        direction,
      });
  }
  for (const [key, callback] of next.callbacks) {
    if (!old.callbacks.has(key))
      own.push({
        kind: "callback-added",
        on: callback.name,
        says: "the service calls back now",
        old: old.spot,
        next: callback.spot,
        direction,
      });
  }
  return own.length === 0 ? found : [...found, { operation: old.name, findings: own, schemas: [] }];
}
