import type { SqlNode } from "../../parse-sql.ts";
import { statementsOf } from "../do-block.ts";
import { access, accessRules } from "./access.ts";
import { addColumnRules } from "./add-column.ts";
import { alterTable } from "./alter-table.ts";
import { columnTypeRules } from "./column-type.ts";
import { columnRules, renameColumn } from "./columns.ts";
import { constraintRules, renameConstraint } from "./constraints.ts";
import { data, dataRules } from "./data.ts";
import { functionRules, functions } from "./functions.ts";
import { identityRules, sequences } from "./identity.ts";
import { indexes, indexRules } from "./indexes.ts";
import { partitionRules } from "./partitions.ts";
import { nothing, plain, plainRules, unknown } from "./plain.ts";
import { publicationRules, publications } from "./publications.ts";
import { policies, rowSecurityRules } from "./row-security.ts";
import type { Context, Finding, Matcher, Rule } from "./rule.ts";
import { shadowed, shadowRules } from "./shadows.ts";
import { storageRules, upkeepOfTables } from "./storage.ts";
import { tableRules, tables } from "./tables.ts";
import { triggerRules, triggers } from "./triggers.ts";
import { typeRules, types } from "./types.ts";
import { viewRules, views } from "./views.ts";

/** In the order of the table's rows. */
export const RULES: readonly Rule[] = [
  ...plainRules,
  ...tableRules,
  ...addColumnRules,
  ...columnRules,
  ...columnTypeRules,
  ...constraintRules,
  ...indexRules,
  ...typeRules,
  ...viewRules,
  ...functionRules,
  ...triggerRules,
  ...identityRules,
  ...partitionRules,
  ...rowSecurityRules,
  ...accessRules,
  ...storageRules,
  ...publicationRules,
  ...shadowRules,
  ...dataRules,
].toSorted((a, b) => (a.row ?? 99) - (b.row ?? 99));

const MATCHERS: readonly Matcher[] = [
  alterTable,
  data,
  indexes,
  views,
  types,
  functions,
  triggers,
  policies,
  sequences,
  renameColumn,
  renameConstraint,
  tables,
  access,
  upkeepOfTables,
  publications,
  plain,
];

/** What one statement does; never empty: what no rule knows is unknown. */
export function judge(node: SqlNode, cx: Context): readonly Finding[] {
  if ("DoStmt" in node) {
    const inner = statementsOf(node.DoStmt);
    if (inner === null) return unknown();
    const findings = inner.flatMap((one) => judge(one, cx));
    return findings.length > 0 ? findings : nothing("it only looks");
  }
  const hiding = shadowed(node, cx);
  for (const matcher of MATCHERS) {
    const findings = matcher(node, cx);
    if (findings !== null && findings.length > 0) return [...hiding, ...findings];
  }
  return unknown();
}
