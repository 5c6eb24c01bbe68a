import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint as ConstraintNode,
  CreateStmt,
  Node,
} from "libpg-query";
import type { SqlNode } from "../../parse-sql.ts";
import { callRange, dotted, rangeParts, words, writtenType } from "../ast.ts";
import { statementsOf } from "../do-block.ts";
import { assigned } from "../trigger-body.ts";
import { constraintOf, defaultName } from "./constraint-of.ts";
import { grant, newSequence } from "./grants.ts";
import { replicaIdentityOf } from "./replica-identity.ts";
import { type Column, type Constraint, keyOf, newRelation, type Relation, relationAt, type World } from "./world.ts";

/** The world after this statement. `fresh`: the statement belongs to the release that is being judged. */
export function apply(world: World, node: SqlNode, fresh: boolean): void {
  if ("DoStmt" in node) {
    for (const inner of statementsOf(node.DoStmt) ?? []) apply(world, inner, fresh);
  } else if ("CreateStmt" in node) createTable(world, node.CreateStmt, fresh);
  else if ("AlterTableStmt" in node) alterTable(world, node.AlterTableStmt, fresh);
  else if ("IndexStmt" in node) {
    const { IndexStmt: index } = node;
    const table = rangeParts(index.relation);
    const columns = (index.indexParams ?? []).flatMap((one) =>
      "IndexElem" in one && one.IndexElem.name !== undefined ? [one.IndexElem.name] : [],
    );
    const name = index.idxname ?? `${table.at(-1)}_${columns.join("_")}_idx`;
    const schema = table.length > 1 ? [table[0] ?? ""] : [];
    const key = keyOf(world, [...schema, name]);
    if (index.if_not_exists === true && world.indexes.has(key)) return;
    world.indexes.set(key, { table: keyOf(world, table), unique: index.unique === true, valid: true, columns, fresh });
  } else if ("ViewStmt" in node) {
    const { view, query, replace } = node.ViewStmt;
    const before = relationAt(world, rangeParts(view));
    const relation = newRelation("view", { fresh: before === undefined ? fresh : before.fresh, whole: false });
    relation.query = query ?? null;
    if (replace === true && before !== undefined) relation.readers = before.readers;
    world.relations.set(keyOf(world, rangeParts(view)), relation);
  } else if ("CreateTableAsStmt" in node) {
    const kind = node.CreateTableAsStmt.objtype === "OBJECT_MATVIEW" ? "materialized" : "table";
    const key = keyOf(world, rangeParts(node.CreateTableAsStmt.into?.rel));
    if (!world.relations.has(key)) world.relations.set(key, newRelation(kind, { fresh, whole: false }));
  } else if ("CreateSeqStmt" in node) {
    const key = keyOf(world, rangeParts(node.CreateSeqStmt.sequence));
    if (!world.relations.has(key)) world.relations.set(key, newSequence(world, fresh));
  } else if ("GrantStmt" in node) grant(world, node.GrantStmt);
  else if ("CreateEnumStmt" in node) {
    world.types.set(keyOf(world, words(node.CreateEnumStmt.typeName)), { ...PLAIN_TYPE, kind: "enum", fresh });
  } else if ("CompositeTypeStmt" in node) {
    const key = keyOf(world, rangeParts(node.CompositeTypeStmt.typevar));
    world.types.set(key, { ...PLAIN_TYPE, kind: "composite", fresh });
  } else if ("CreateDomainStmt" in node) {
    const constrained = (node.CreateDomainStmt.constraints ?? []).some(
      (one) => "Constraint" in one && ["CONSTR_CHECK", "CONSTR_NOTNULL"].includes(one.Constraint.contype ?? ""),
    );
    const base = writtenType(node.CreateDomainStmt.typeName);
    world.types.set(keyOf(world, words(node.CreateDomainStmt.domainname)), {
      kind: "domain",
      constrained,
      base,
      fresh,
    });
  } else if ("CreateFunctionStmt" in node) {
    const { CreateFunctionStmt: made } = node;
    const key = keyOf(world, words(made.funcname));
    const known = world.functions.get(key) ?? [];
    const one = { ...callRange(made.parameters), volatile: isVolatile(made.options), assigns: assigned(made.options) };
    const same = known.find(({ least, most }) => least === one.least && most === one.most);
    const rest = made.replace === true ? known.filter((each) => each !== same) : known;
    world.functions.set(key, [...rest, { ...one, fresh: same === undefined ? fresh : same.fresh }]);
  } else if ("CreateTrigStmt" in node) {
    const { CreateTrigStmt: trigger } = node;
    const relation = relationAt(world, rangeParts(trigger.relation));
    const fn = keyOf(world, words(trigger.funcname));
    relation?.triggers.set(trigger.trigname ?? "", { fn, made: trigger });
  } else if ("DropStmt" in node) {
    for (const object of node.DropStmt.objects ?? []) drop(world, node.DropStmt.removeType ?? "", dotted(object));
  } else if ("RenameStmt" in node) {
    const { renameType, relation, subname = "", newname = "" } = node.RenameStmt;
    const table = relationAt(world, rangeParts(relation));
    if (renameType === "OBJECT_COLUMN") renameColumn(table, subname, newname);
    else if (renameType === "OBJECT_TABCONSTRAINT") move(table?.constraints, subname, newname);
    else if (renameType === "OBJECT_TABLE" || renameType === "OBJECT_VIEW" || renameType === "OBJECT_SEQUENCE") {
      const parts = rangeParts(relation);
      move(world.relations, keyOf(world, parts), keyOf(world, [...parts.slice(0, -1), newname]));
    } else if (renameType === "OBJECT_INDEX") {
      const parts = rangeParts(relation);
      move(world.indexes, keyOf(world, parts), keyOf(world, [...parts.slice(0, -1), newname]));
    }
  } else if ("VariableSetStmt" in node && node.VariableSetStmt.name === "search_path") {
    const first = node.VariableSetStmt.args?.[0];
    const name = first !== undefined && "A_Const" in first ? first.A_Const.sval?.sval : undefined;
    if (name !== undefined && name !== "") world.schema = name;
  }
}

const PLAIN_TYPE = { constrained: false, base: null } as const;

const isVolatile = (options: readonly Node[] | undefined): boolean => {
  for (const option of options ?? []) {
    if (!("DefElem" in option) || option.DefElem.defname !== "volatility") continue;
    return option.DefElem.arg === undefined || dotted(option.DefElem.arg)[0] === "volatile";
  }
  return true;
};

function move<Value>(map: Map<string, Value> | undefined, from: string, to: string): void {
  const value = map?.get(from);
  if (map === undefined || value === undefined) return;
  map.delete(from);
  map.set(to, value);
}

function renameColumn(table: Relation | undefined, from: string, to: string): void {
  move(table?.columns, from, to);
  for (const [name, constraint] of table?.constraints ?? []) {
    if (!constraint.columns.includes(from)) continue;
    const columns = constraint.columns.map((column) => (column === from ? to : column));
    // What it says it still says with the old name, which another column may get.
    table?.constraints.set(name, { ...constraint, columns, expression: null });
  }
}

function drop(world: World, type: string, parts: readonly string[]): void {
  if (["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"].includes(type)) {
    world.relations.delete(keyOf(world, parts));
  } else if (type === "OBJECT_INDEX") world.indexes.delete(keyOf(world, parts));
  else if (type === "OBJECT_TYPE" || type === "OBJECT_DOMAIN") world.types.delete(keyOf(world, parts));
  else if (type === "OBJECT_FUNCTION" || type === "OBJECT_PROCEDURE") world.functions.delete(keyOf(world, parts));
  else if (type === "OBJECT_TRIGGER") relationAt(world, parts.slice(0, -1))?.triggers.delete(parts.at(-1) ?? "");
}

function createTable(world: World, made: CreateStmt, fresh: boolean): void {
  const parts = rangeParts(made.relation);
  const key = keyOf(world, parts);
  if (world.relations.has(key)) return;
  const like = (made.tableElts ?? []).some((element) => "TableLikeClause" in element);
  const whole = !like && (made.inhRelations ?? []).length === 0 && made.ofTypename === undefined;
  const relation = newRelation(made.partspec === undefined ? "table" : "partitioned", { fresh, whole });
  for (const parent of made.inhRelations ?? []) {
    const above = "RangeVar" in parent ? relationAt(world, rangeParts(parent.RangeVar)) : undefined;
    for (const [name, column] of above?.columns ?? []) relation.columns.set(name, column);
    if (above !== undefined && made.partbound?.is_default === true) above.defaultPartition = true;
  }
  for (const element of made.tableElts ?? []) {
    if ("ColumnDef" in element) addColumn(relation, element.ColumnDef, { table: parts.at(-1) ?? "", fresh });
    else if ("Constraint" in element) addConstraint(relation, element.Constraint, { table: parts.at(-1) ?? "", fresh });
  }
  world.relations.set(key, relation);
}

type At = Readonly<{ table: string; fresh: boolean }>;

function addColumn(relation: Relation, made: ColumnDef, at: At): void {
  const name = made.colname ?? "";
  const type = writtenType(made.typeName);
  const constraints = (made.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []));
  const has = (contype: string) => constraints.some((one) => one.contype === contype);
  const identity = has("CONSTR_IDENTITY");
  relation.columns.set(name, {
    type,
    notNull: has("CONSTR_NOTNULL") || has("CONSTR_PRIMARY") || identity || type.serial,
    default: has("CONSTR_DEFAULT") || type.serial ? "some" : "none",
    collation: made.collClause === undefined ? null : words(made.collClause.collname).join("."),
    generated: has("CONSTR_GENERATED"),
    identity,
    fresh: at.fresh,
  });
  for (const [nth, constraint] of constraints.entries()) {
    if (["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN"].includes(constraint.contype ?? "")) {
      const enforced = constraints[nth + 1]?.contype !== "CONSTR_ATTR_NOT_ENFORCED";
      addConstraint(relation, enforced ? constraint : { ...constraint, skip_validation: true }, at, name);
    }
  }
}

function addConstraint(relation: Relation, node: ConstraintNode, at: At, column: string | null = null): void {
  const constraint = constraintOf(node, at.fresh, column);
  const name = defaultName(at.table, node, constraint);
  relation.constraints.set(node.conname === undefined ? freeName(relation, name) : name, constraint);
  if (constraint.kind !== "primary" && constraint.kind !== "not-null") return;
  for (const column of constraint.columns) change(relation, column, { notNull: true });
}

/** Where the name that it would give is taken, PostgreSQL counts on. */
function freeName(relation: Relation, name: string): string {
  let free = name;
  for (let count = 1; relation.constraints.has(free); count += 1) free = `${name}${count}`;
  return free;
}

function change(relation: Relation, name: string, to: Partial<Column>): void {
  const column = relation.columns.get(name);
  if (column !== undefined) relation.columns.set(name, { ...column, ...to });
}

function alterTable(world: World, made: AlterTableStmt, fresh: boolean): void {
  const parts = rangeParts(made.relation);
  const key = keyOf(world, parts);
  if (made.objtype !== "OBJECT_TABLE") return;
  let relation = world.relations.get(key);
  if (relation === undefined) {
    if (world.complete) return;
    relation = newRelation("table", { fresh: false, whole: false });
    world.relations.set(key, relation);
  }
  for (const cmd of made.cmds ?? []) {
    if ("AlterTableCmd" in cmd) alter(relation, cmd.AlterTableCmd, { table: parts.at(-1) ?? "", fresh });
  }
}

function forget(relation: Relation, which: (constraint: Constraint) => boolean): void {
  for (const [name, constraint] of relation.constraints) if (which(constraint)) relation.constraints.delete(name);
}

function alter(relation: Relation, cmd: AlterTableCmd, at: At): void {
  const name = cmd.name ?? "";
  const { def } = cmd;
  switch (cmd.subtype) {
    case "AT_AddColumn":
      if (def === undefined || !("ColumnDef" in def)) return;
      if (cmd.missing_ok === true && relation.columns.has(def.ColumnDef.colname ?? "")) return;
      addColumn(relation, def.ColumnDef, at);
      return;
    case "AT_DropColumn":
      relation.columns.delete(name);
      forget(relation, ({ columns }) => columns.includes(name));
      return;
    case "AT_AlterColumnType":
      if (def !== undefined && "ColumnDef" in def)
        change(relation, name, { type: writtenType(def.ColumnDef.typeName) });
      return;
    case "AT_SetNotNull":
      change(relation, name, { notNull: true });
      return;
    case "AT_DropNotNull":
      change(relation, name, { notNull: false });
      forget(relation, ({ kind, columns }) => kind === "not-null" && columns.includes(name));
      return;
    case "AT_ColumnDefault":
      change(relation, name, { default: def === undefined ? "none" : "some" });
      return;
    case "AT_DropExpression":
      change(relation, name, { generated: false });
      return;
    case "AT_AddConstraint":
      if (def !== undefined && "Constraint" in def) addConstraint(relation, def.Constraint, at);
      return;
    case "AT_DropConstraint": {
      const constraint = relation.constraints.get(name);
      if (constraint?.kind === "not-null")
        for (const column of constraint.columns) change(relation, column, { notNull: null });
      relation.constraints.delete(name);
      return;
    }
    case "AT_ValidateConstraint": {
      const constraint = relation.constraints.get(name);
      if (constraint !== undefined) relation.constraints.set(name, { ...constraint, validated: true });
      return;
    }
    case "AT_ReplicaIdentity":
      relation.replicaIdentity = replicaIdentityOf(def);
      return;
    case "AT_EnableRowSecurity":
      relation.rowSecurity = true;
      return;
    case "AT_DisableRowSecurity":
      relation.rowSecurity = false;
      return;
    case "AT_AttachPartition":
      if (def !== undefined && "PartitionCmd" in def && def.PartitionCmd.bound?.is_default === true) {
        relation.defaultPartition = true;
      }
      return;
    default:
      return;
  }
}
