import { parseSync } from "libpg-query";
import type { Catalog } from "../../catalog/catalog.ts";
import { writtenType } from "../ast.ts";
import { assignedBy } from "../trigger-body.ts";
import { constraintOf } from "./constraint-of.ts";
import { replicaIdentityNamed } from "./replica-identity.ts";
import { emptyWorld, keyOf, newRelation, type World } from "./world.ts";

/** PostgreSQL's grammar must be loaded. */
export function worldOf(catalog: Catalog): World {
  const world = emptyWorld(new Set(Object.keys(catalog.schemas).map((name) => splitName(name)[0] ?? name)), {
    roles: new Set(Object.keys(catalog.roles)),
    sequencesFor: new Set(
      Object.entries(catalog.defaultAcls).flatMap(([key, acl]) =>
        key.endsWith(" S") ? acl.map((entry) => entry.slice(0, entry.lastIndexOf("="))) : [],
      ),
    ),
  });
  for (const [name, table] of Object.entries(catalog.tables)) {
    const kind = table.kind === "partitioned" ? "partitioned" : "table";
    const relation = newRelation(kind, { fresh: false, whole: true });
    relation.rowSecurity = table.rowSecurity !== "off";
    relation.grantees = granteesOf(table);
    relation.replicaIdentity = replicaIdentityNamed(table.replicaIdentity);
    relation.truncated = table.acl.some((entry) => /=TRUNCATE/i.test(entry) && !entry.startsWith(`${table.owner}=`));
    for (const column of table.columns) {
      relation.columns.set(column.name, {
        type: typeNamed(column.type),
        notNull: column.notNull,
        default: column.default === null ? "none" : "some",
        collation: column.collation,
        generated: column.generated !== "",
        identity: column.identity !== "",
        fresh: false,
      });
    }
    world.relations.set(plain(name), relation);
  }
  for (const table of Object.values(catalog.tables)) {
    for (const parent of table.parents) {
      const above = world.relations.get(plain(parent));
      if (above === undefined) continue;
      above.defaultPartition = (above.defaultPartition ?? false) || table.bound === "DEFAULT";
    }
  }
  for (const [name, view] of Object.entries(catalog.views)) {
    const relation = newRelation(view.kind, { fresh: false, whole: true });
    relation.grantees = granteesOf(view);
    for (const column of view.columns)
      relation.columns.set(column.name, { ...VIEW_COLUMN, type: typeNamed(column.type) });
    relation.query = treeOf(view.definition);
    world.relations.set(plain(name), relation);
  }
  for (const [name, view] of Object.entries(catalog.views)) {
    for (const read of view.reads) {
      const relation = world.relations.get(plain(read));
      if (relation !== undefined) relation.readers = [...relation.readers, plain(name)];
    }
  }
  for (const [name, sequence] of Object.entries(catalog.sequences)) {
    const relation = newRelation("sequence", { fresh: false, whole: true });
    relation.grantees = granteesOf({
      owner: sequence.owner,
      acl: sequence.acl.filter((entry) => /=(USAGE|UPDATE)/.test(entry)),
    });
    world.relations.set(plain(name), relation);
  }
  for (const [key, constraint] of Object.entries(catalog.constraints)) {
    const relation = constraint.table === null ? undefined : world.relations.get(plain(constraint.table));
    if (relation === undefined) continue;
    const own = splitName(key).at(-1) ?? key;
    relation.constraints.set(own, constraintIn(constraint.definition, constraint.validated));
  }
  for (const [name, index] of Object.entries(catalog.indexes)) {
    const columns = columnsOfIndex(index.definition);
    const key = plain(name);
    world.indexes.set(key, {
      table: plain(index.table),
      unique: index.unique,
      valid: index.valid,
      columns,
      fresh: false,
    });
  }
  for (const name of Object.keys(catalog.enums)) world.types.set(plain(name), { ...OLD_TYPE, kind: "enum" });
  for (const name of Object.keys(catalog.types)) world.types.set(plain(name), { ...OLD_TYPE, kind: "composite" });
  const constrained = new Set(
    Object.entries(catalog.constraints).flatMap(([key, { table }]) => (table === null ? [key] : [])),
  );
  for (const [name, domain] of Object.entries(catalog.domains)) {
    const checked =
      domain.notNull || [...constrained].some((key) => key.startsWith(`${name} `) || key.startsWith(`${name}.`));
    world.types.set(plain(name), { kind: "domain", constrained: checked, base: typeNamed(domain.type), fresh: false });
  }
  for (const [signature, routine] of Object.entries(catalog.functions)) {
    const open = signature.indexOf("(");
    const name = plain(signature.slice(0, open));
    const count = argumentsIn(signature.slice(open + 1, -1));
    const known = world.functions.get(name) ?? [];
    // Arguments with defaults are not told apart in a signature: fewer may be given.
    const one = {
      volatile: routine.volatility === "volatile",
      least: count,
      most: count,
      assigns: assignedBy(routine.trigger),
      fresh: false,
    };
    world.functions.set(name, [...known, one]);
  }
  for (const [key, trigger] of Object.entries(catalog.triggers)) {
    const relation = world.relations.get(plain(trigger.table));
    const made = (treeOf(trigger.definition) as { CreateTrigStmt?: unknown } | null)?.CreateTrigStmt ?? null;
    const fn = splitName(trigger.function);
    relation?.triggers.set(splitName(key).at(-1) ?? key, { fn: keyOf(world, fn), made });
  }
  return world;
}

const OLD_TYPE = { constrained: false, base: null, fresh: false } as const;
const VIEW_COLUMN = {
  notNull: null,
  default: "none",
  collation: null,
  generated: false,
  identity: false,
  fresh: false,
} as const;

const granteesOf = (of: Readonly<{ owner: string; acl: readonly string[] }>): readonly string[] =>
  [...new Set(of.acl.map((entry) => entry.slice(0, entry.lastIndexOf("="))))].filter((name) => name !== of.owner);

/** `public."Odd name"` as the parts that it names; a space outside quotes separates as a dot does. */
function splitName(name: string): readonly string[] {
  const parts: string[] = [];
  for (const [, quoted, bare] of name.matchAll(/"((?:[^"]|"")*)"|([^\s."]+)/g)) {
    parts.push(quoted === undefined ? (bare ?? "") : quoted.replaceAll('""', '"'));
  }
  return parts;
}

const plain = (name: string): string => splitName(name).slice(0, 2).join(".");

const argumentsIn = (list: string): number => (list.trim() === "" ? 0 : list.split(/,(?![^(]*\))/).length);

function treeOf(sql: string): unknown {
  try {
    return parseSync(sql).stmts?.[0]?.stmt ?? null;
  } catch {
    return null;
  }
}

const types = new Map<string, ReturnType<typeof writtenType> | null>();

/** `character varying(20)`, taken apart by the grammar itself. */
function typeNamed(text: string): ReturnType<typeof writtenType> | null {
  const known = types.get(text);
  if (known !== undefined) return known;
  const tree = treeOf(`select null::${text}`) as {
    SelectStmt?: { targetList?: { ResTarget?: { val?: { TypeCast?: { typeName?: never } } } }[] };
  } | null;
  const cast = tree?.SelectStmt?.targetList?.[0]?.ResTarget?.val?.TypeCast;
  const type = cast === undefined ? null : writtenType(cast.typeName);
  types.set(text, type);
  return type;
}

function constraintIn(definition: string, validated: boolean) {
  const tree = treeOf(`alter table t add constraint c ${definition}`) as {
    AlterTableStmt?: { cmds?: { AlterTableCmd?: { def?: { Constraint?: never } } }[] };
  } | null;
  const node = tree?.AlterTableStmt?.cmds?.[0]?.AlterTableCmd?.def?.Constraint;
  return node === undefined
    ? { kind: "other" as const, columns: [], validated, alone: false, expression: null, fresh: false }
    : { ...constraintOf(node, false), validated };
}

function columnsOfIndex(definition: string): readonly string[] {
  const tree = treeOf(definition) as { IndexStmt?: { indexParams?: { IndexElem?: { name?: string } }[] } } | null;
  return (tree?.IndexStmt?.indexParams ?? []).flatMap(({ IndexElem }) =>
    IndexElem?.name === undefined ? [] : [IndexElem.name],
  );
}
