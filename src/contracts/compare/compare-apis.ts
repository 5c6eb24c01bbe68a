import { kindOf } from "../kinds/all.ts";
import type { Allowance, Api, Operation } from "../model/api.ts";
import type { Document } from "../read/document.ts";
import type { Spot } from "../read/node.ts";
import { rootsOf, SchemaPairs } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import type { Both, OperationFound, Told } from "./both.ts";
import type { ContractChange } from "./change.ts";
import { compareOperation } from "./compare-operations.ts";

/** Every change from one contract to the next, those that break first. `today`: `YYYY-MM-DD`, for what was announced to end. */
export function compareApis(old: Api, next: Api, today: string): readonly ContractChange[] {
  const both: Both = { old, next, pairs: new SchemaPairs({ old: old.document, next: next.document }), today };
  const found = [...operations(both), ...webhooks(both)];
  both.pairs.settle();
  const changes = new Collected(old.document, next.document);
  for (const { operation, findings } of found) {
    for (const finding of findings) changes.add([operation], finding, finding.direction);
  }
  for (const [pair, roots] of rootsOf(found.map(({ schemas }) => schemas))) {
    const named = roots.flatMap((root) => found[root]?.operation ?? []);
    for (const finding of pair.own) changes.add(named, finding, pair.direction);
  }
  return changes.all(next.allowed);
}

const topOf = (document: Document): Spot => document.root;

function operations(both: Both): readonly OperationFound[] {
  const found: OperationFound[] = [];
  const paths = new Set([...both.next.operations.values()].map(({ path }) => shape(path)));
  for (const [key, operation] of both.old.operations) {
    const kept = both.next.operations.get(key);
    found.push(
      ...(kept === undefined ? [gone(both, operation, paths)] : compareOperation(both, { old: operation, next: kept })),
    );
  }
  for (const [key, operation] of both.next.operations) {
    if (both.old.operations.has(key)) continue;
    const finding: Told = {
      kind: "operation-added",
      on: operation.name,
      says: "it is new",
      old: topOf(both.old.document),
      next: operation.spot,
      direction: "request",
    };
    found.push({ operation: operation.name, findings: [finding], schemas: [] });
  }
  return found;
}

const shape = (path: string): string => path.replaceAll(/\{[^}]*\}/g, "{}");

function gone({ next, today }: Both, operation: Operation, paths: ReadonlySet<string>): OperationFound {
  const announced = operation.deprecated && operation.sunset !== null && operation.sunset.slice(0, 10) <= today;
  const stays = paths.has(shape(operation.path));
  const kind = announced ? "operation-removed-after-sunset" : stays ? "operation-removed" : "path-removed";
  const says = announced
    ? `it is gone, as announced for ${operation.sunset}`
    : stays
      ? "the method is gone"
      : "the path is gone";
  const beside = [...next.operations.values()].find(({ path }) => shape(path) === shape(operation.path));
  const finding: Told = {
    kind,
    on: operation.name,
    says,
    old: operation.spot,
    next: beside?.spot ?? pathsOf(next),
    direction: "request",
  };
  return { operation: operation.name, findings: [finding], schemas: [] };
}

function pathsOf({ document }: Api): Spot {
  const entry = document.root.kind === "map" ? document.root.entries.get("paths") : undefined;
  return entry === undefined ? document.root : { file: document.root.file, offset: entry.key };
}

function webhooks(both: Both): readonly OperationFound[] {
  const found: OperationFound[] = [];
  const direction: Direction = "response";
  for (const [key, webhook] of both.old.webhooks) {
    const kept = both.next.webhooks.get(key);
    if (kept !== undefined) found.push(...compareOperation(both, { old: webhook, next: kept }, true));
    else {
      const finding: Told = {
        kind: "webhook-removed",
        on: webhook.name,
        says: "it is not called any more",
        old: webhook.spot,
        next: topOf(both.next.document),
        direction,
      };
      found.push({ operation: webhook.name, findings: [finding], schemas: [] });
    }
  }
  for (const [key, webhook] of both.next.webhooks) {
    if (both.old.webhooks.has(key)) continue;
    const finding: Told = {
      kind: "webhook-added",
      on: webhook.name,
      says: "it is called now",
      old: topOf(both.old.document),
      next: webhook.spot,
      direction,
    };
    found.push({ operation: webhook.name, findings: [finding], schemas: [] });
  }
  return found;
}

/** One change of a schema concerns every operation that leads to it, and is told once. */
class Collected {
  private readonly changes = new Map<string, { finding: Told; operations: Set<string> }>();
  private readonly old: Document;
  private readonly next: Document;

  constructor(old: Document, next: Document) {
    this.old = old;
    this.next = next;
  }

  add(named: readonly string[], finding: Omit<Told, "direction">, direction: Direction): void {
    const { kind, says, old, next } = finding;
    const key = JSON.stringify([kind, direction, old.file, old.offset, next.file, next.offset, says]);
    const known = this.changes.get(key);
    if (known === undefined) this.changes.set(key, { finding: { ...finding, direction }, operations: new Set(named) });
    else for (const one of named) known.operations.add(one);
  }

  all(allowed: readonly Allowance[]): readonly ContractChange[] {
    const all = [...this.changes.values()].map(({ finding, operations }): ContractChange => {
      const kind = kindOf(finding.kind);
      const verdict = kind[finding.direction] === "breaking" ? "breaking" : "safe";
      const named = [...operations].sort();
      return {
        kind: finding.kind,
        verdict,
        direction: finding.direction,
        operations: named,
        message: `${finding.on}: ${finding.says}`,
        old: this.old.place(finding.old),
        next: this.next.place(finding.next),
        hint: verdict === "breaking" ? kind.hint : null,
        allowed: verdict === "breaking" ? whyAllowed(allowed, { kind: finding.kind, operations: named }) : null,
      };
    });
    return [...all.filter(({ verdict }) => verdict === "breaking"), ...all.filter(({ verdict }) => verdict === "safe")];
  }
}

/** Accepted for all operations that it concerns, or not at all. */
function whyAllowed(
  allowed: readonly Allowance[],
  { kind, operations }: Readonly<{ kind: string; operations: readonly string[] }>,
): string | null {
  const reasons = operations.map((operation) =>
    allowed.find((one) => one.change === kind && one.because !== "" && (one.at === null || one.at === operation)),
  );
  return reasons.every((one) => one !== undefined) ? (reasons[0]?.because ?? null) : null;
}
