import type { ColumnDef, Constraint } from "libpg-query";
import { callsIn, rangeParts, walk, writtenType } from "../ast.ts";
import { numberRefused } from "../number-refused.ts";
import { isVolatile } from "../volatility.ts";
import { isFresh, keyOf, relationAt } from "../world/world.ts";
import type { Change, ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { type Finding, found, rule } from "./rule.ts";
import { truncateFails } from "./tables.ts";

const NAMED =
  "old code names its columns: live prepared SELECT * and INSERT … SELECT * fail, joins may find the name ambiguous";
const PREPARED = ["0A000", "42601", "42702"] as const;

const ADD_COLUMN = rule({
  name: "add-column",
  row: 6,
  statement: "ADD COLUMN, nullable or with a constant default",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "old code leaves it out; no row is touched",
  condition: NAMED,
  breaks: PREPARED,
});
const ADD_NOT_NULL = rule({
  name: "add-column-not-null",
  row: 7,
  statement: "ADD COLUMN … NOT NULL without a default",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "it fails where there are rows, and old code's INSERT leaves the column out",
  safeWay: "add it nullable or with a default; fill it in batches; set NOT NULL in a later release",
  breaks: ["23502"],
});
const ADD_COMPUTED = rule({
  name: "add-column-rewrite",
  row: 8,
  statement: "ADD COLUMN with a volatile default, identity, STORED, or of a domain that is checked",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  rewrite: true,
  why: "every row is written anew while nobody can read the table",
  condition: NAMED,
  safeWay: "add it without the default, SET DEFAULT in the next statement, fill the old rows in batches",
  breaks: PREPARED,
});
const ADD_SERIAL = rule({
  name: "add-column-serial",
  row: 9,
  statement: "ADD COLUMN serial, bigserial",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "old code's role may not use the new sequence, so its INSERT fails; and every row is written anew",
  safeWay: "add a nullable bigint, make the sequence and GRANT USAGE on it, SET DEFAULT, fill in batches",
  breaks: ["42501"],
});
const ADD_INCOMPARABLE = rule({
  name: "add-column-json",
  row: 10,
  statement: "ADD COLUMN json, xml or another type without equality",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "SELECT DISTINCT *, UNION and GROUP BY over whole rows fail: the type has no equality",
  safeWay: "use jsonb instead of json",
  breaks: ["42883", ...PREPARED],
});
const ADD_CHECKED = rule({
  name: "add-column-checked",
  row: 11,
  statement: "ADD COLUMN with an inline CHECK or UNIQUE",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  scan: true,
  why: "all rows are read, or an index is built, while nobody can read the table",
  condition: NAMED,
  safeWay: "add the column, then the constraint NOT VALID or by CREATE UNIQUE INDEX CONCURRENTLY",
  breaks: PREPARED,
});
const ADD_REFERRING = rule({
  name: "add-column-references",
  row: 12,
  statement: "ADD COLUMN … REFERENCES t",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "old code leaves it out; the table referred to is locked against writes for a moment, and its rows can be deleted only while none refers to them",
  condition: `${NAMED}; no running code truncates the table referred to`,
  safeWay: "run it with a short lock_timeout, which Sampan does",
  breaks: [...PREPARED, "0A000", "23503"],
});

export const addColumnRules = [
  ADD_COLUMN,
  ADD_NOT_NULL,
  ADD_COMPUTED,
  ADD_SERIAL,
  ADD_INCOMPARABLE,
  ADD_CHECKED,
  ADD_REFERRING,
];

/** Types without an operator for equality. */
const INCOMPARABLE = new Set([
  "json",
  "xml",
  "point",
  "box",
  "polygon",
  "lseg",
  "line",
  "path",
  "circle",
  "pg_snapshot",
]);

const BUILT_IN = new Set(
  `int2 int4 int8 float4 float8 numeric money text varchar bpchar char name bytea timestamp timestamptz date time timetz interval
  bool uuid json jsonb jsonpath xml inet cidr macaddr macaddr8 bit varbit tsvector tsquery int4range int8range numrange tsrange tstzrange
  daterange int4multirange oid point line lseg box path polygon circle pg_lsn citext hstore ltree vector geometry geography regclass`.split(
    /\s+/,
  ),
);

export const addColumn: ChangeMatcher = (change) => {
  const { cmd, table } = change;
  if (cmd.subtype !== "AT_AddColumn" || cmd.def === undefined || !("ColumnDef" in cmd.def)) return null;
  const column = cmd.def.ColumnDef;
  if (cmd.missing_ok === true && table?.columns.has(column.colname ?? "") === true) {
    return quick(change.on, "the column is there already, and is left as it is");
  }
  return added(column, change);
};

function added(column: ColumnDef, change: Change): readonly Finding[] {
  const { on, cx } = change;
  const type = writtenType(column.typeName);
  const constraints = (column.constraints ?? []).flatMap((one) => ("Constraint" in one ? [one.Constraint] : []));
  const of = (kind: string) => constraints.find(({ contype }) => contype === kind);
  if (type.serial) return found(ADD_SERIAL, [on]);
  const value = of("CONSTR_DEFAULT")?.raw_expr ?? defaultSetBeside(column, change);
  const locked = numberRefused(cx.world, { value, table: change.table });
  if (locked !== null) return found(ADD_SERIAL, [on], { why: locked });
  const generated = of("CONSTR_GENERATED");
  const given = value !== undefined && !isNull(value);
  const filled = given || of("CONSTR_IDENTITY") !== undefined || generated !== undefined;
  const required = of("CONSTR_NOTNULL") !== undefined || of("CONSTR_PRIMARY") !== undefined;
  const findings: Finding[] = [];

  if (required && !filled) findings.push({ rule: ADD_NOT_NULL, on: [on] });
  if (INCOMPARABLE.has(type.name) && !type.array) findings.push({ rule: ADD_INCOMPARABLE, on: [on] });
  findings.push(...rewritten(change, { value, constraints, column }));
  const checked = of("CONSTR_CHECK") ?? of("CONSTR_UNIQUE") ?? of("CONSTR_PRIMARY");
  if (checked !== undefined) findings.push(...constrained(checked, { given, on }));
  const referring = of("CONSTR_FOREIGN");
  if (referring !== undefined) {
    const parent = rangeParts(referring.pktable);
    const parents = isFresh(cx.world, parent) ? [] : [keyOf(cx.world, parent)];
    const truncated = relationAt(cx.world, parent)?.truncated === true;
    const defaulted = {
      compatibility: "contract" as const,
      why: "old code's rows get the default, which must exist in the table referred to",
    };
    const broken = truncated ? truncateFails(keyOf(cx.world, parent)) : given ? defaulted : {};
    findings.push({ rule: ADD_REFERRING, on: [on, ...parents], ...broken, ...(given ? { scan: true } : {}) });
  }
  if (findings.length === 0) findings.push({ rule: ADD_COLUMN, on: [on] });
  return findings;
}

/** A default that a later change of the same statement sets does not reach the old rows, but does old code's INSERT. */
const defaultSetBeside = (column: ColumnDef, { all }: Change) =>
  all.find(({ subtype, name, def }) => subtype === "AT_ColumnDefault" && name === column.colname && def !== undefined)
    ?.def;

type Written = Readonly<{ value: unknown; constraints: readonly Constraint[]; column: ColumnDef }>;

function rewritten(change: Change, { value, constraints, column }: Written): readonly Finding[] {
  const { on, cx } = change;
  const type = writtenType(column.typeName);
  const of = (kind: string) => constraints.find(({ contype }) => contype === kind);
  const generated = of("CONSTR_GENERATED");
  if (generated !== undefined) {
    // A virtual column (18) is computed when it is read.
    return generated.generated_kind === "v" ? [] : found(ADD_COMPUTED, [on]);
  }
  if (of("CONSTR_IDENTITY") !== undefined) return found(ADD_COMPUTED, [on]);
  const volatile = value === undefined ? false : isVolatile(cx.world, value);
  if (volatile === true) return found(ADD_COMPUTED, [on]);
  if (volatile === null) {
    return found(ADD_COMPUTED, [on], { undecided: `whether ${callsIn(value).join(", ")} is volatile` });
  }
  if (BUILT_IN.has(type.name)) return [];
  const known = cx.world.types.get(keyOf(cx.world, type.name.split(".")));
  if (known?.constrained === true) return found(ADD_COMPUTED, [on], domainBreaks(value !== undefined));
  if (known !== undefined || cx.world.complete) return [];
  return found(ADD_COMPUTED, [on], { undecided: `whether ${type.name} is a domain with a constraint` });
}

const domainBreaks = (filled: boolean): Partial<Finding> =>
  filled ? {} : { why: "a domain is checked for every row, which is written anew while nobody can read the table" };

/** NULL passes a CHECK and never conflicts; a default that every old INSERT writes may not. */
function constrained(node: Constraint, { given, on }: Readonly<{ given: boolean; on: string }>): readonly Finding[] {
  const unique = node.contype !== "CONSTR_CHECK";
  if (unique && given) {
    return found(ADD_CHECKED, [on], {
      compatibility: "contract",
      why: "every INSERT of old code writes the same default, which must be unique",
      condition: null,
      breaks: ["23505"],
    });
  }
  if (!unique && !given && refusesNull(node.raw_expr)) {
    return found(ADD_CHECKED, [on], {
      compatibility: "contract",
      why: "old code leaves the column out, and the CHECK refuses NULL",
      condition: null,
      breaks: ["23514"],
    });
  }
  return found(ADD_CHECKED, [on]);
}

const isNull = (value: unknown): boolean => (value as { A_Const?: { isnull?: boolean } }).A_Const?.isnull === true;

/** True where an expression may be false for NULL: it asks for it, or replaces it. */
export function refusesNull(expression: unknown): boolean {
  let may = false;
  walk(expression, (tag, body) => {
    may ||= tag === "CoalesceExpr" || tag === "CaseExpr" || tag === "FuncCall";
    may ||= tag === "NullTest" && body.nulltesttype === "IS_NOT_NULL";
    may ||= tag === "A_Expr" && String(body.kind).includes("DISTINCT");
    may ||= tag === "BooleanTest";
  });
  return may;
}
