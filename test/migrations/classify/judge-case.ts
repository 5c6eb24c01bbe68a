import type { Catalog } from "../../../src/migrations/catalog/catalog.ts";
import { classifyScript } from "../../../src/migrations/classify/classify-script.ts";
import {
  type Compatibility,
  LOCK_MODES,
  type LockMode,
  type StatementVerdict,
} from "../../../src/migrations/classify/verdict.ts";
import type { Case } from "./corpus.ts";

export type Said = Readonly<{
  worst: Compatibility;
  mode: LockMode | null;
  rewrite: boolean;
  scan: boolean;
  statements: readonly StatementVerdict[];
}>;

const ORDER: readonly Compatibility[] = ["expand", "expand-if", "data", "contract", "unknown"];

export async function said(one: Case, catalog: Catalog | null): Promise<Said> {
  const { statements } = await classifyScript({
    file: "case.up.sql",
    sql: one.sql.join(";\n"),
    direction: "up",
    catalog,
  });
  const modes = statements.map(({ lock }) => (lock.mode === null ? -1 : LOCK_MODES.indexOf(lock.mode)));
  // Of several statements only the last is measured for what it reads.
  const last = statements.filter(({ line }) => line === statements.at(-1)?.line);
  return {
    worst: ORDER[Math.max(0, ...statements.map(({ compatibility }) => ORDER.indexOf(compatibility)))] ?? "unknown",
    mode: LOCK_MODES[Math.max(-1, ...modes)] ?? null,
    rewrite: statements.some(({ lock }) => lock.rewrite),
    scan: last.some(({ lock }) => lock.scan),
    statements,
  };
}
