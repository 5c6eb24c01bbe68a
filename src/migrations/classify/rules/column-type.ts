import { type WrittenType, words, writtenType } from "../ast.ts";
import type { Column } from "../world/world.ts";
import { keyOf } from "../world/world.ts";
import type { Change, ChangeMatcher } from "./alter-table.ts";
import { quick } from "./columns.ts";
import { type Finding, found, rule } from "./rule.ts";

const RECYCLE = "connections are renewed at the roll-out: live prepared statements that return the column fail once";

const WIDEN = rule({
  name: "widen-type",
  row: 15,
  statement: "ALTER COLUMN … TYPE: varchar to text, a longer varchar, more digits of numeric",
  compatibility: "expand-if",
  mode: "AccessExclusive",
  why: "no row is touched and every old value stays what it is",
  condition: RECYCLE,
  breaks: ["0A000"],
});
const NARROW = rule({
  name: "narrow-type",
  row: 16,
  statement: "ALTER COLUMN … TYPE: a shorter varchar, char(n)",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "old code's longer values are refused, and every row is written anew",
  safeWay: "ADD CHECK (length(column) <= n) NOT VALID after the last code that writes longer values; keep the type",
  breaks: ["22001", "0A000"],
});
const TO_BIGINT = rule({
  name: "int-to-bigint",
  row: 17,
  statement: "ALTER COLUMN … TYPE: int to bigint",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "drivers give bigint as another type (node's pg as a string), and every row is written anew",
  safeWay:
    "add a bigint column beside it, keep both alike by a trigger, fill in batches, switch the code, drop the old one",
  breaks: ["0A000", "other type read"],
});
const CONVERT = rule({
  name: "change-type",
  row: 18,
  statement: "ALTER COLUMN … TYPE: any other change, a scale of numeric, USING",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "old code reads and writes values of another type, and every row is written anew",
  safeWay:
    "add a column of the new type, keep both alike by a trigger, fill in batches, switch the code, drop the old one",
  breaks: ["0A000", "22P02", "42804", "42883", "other value read"],
});
const ZONE = rule({
  name: "timestamp-zone",
  row: 19,
  statement: "ALTER COLUMN … TYPE: timestamp to timestamptz, or back",
  compatibility: "contract",
  mode: "AccessExclusive",
  rewrite: true,
  why: "the same instant is read and written differently; every row is written anew unless the session is in UTC",
  safeWay: "add a timestamptz column, keep both alike by a trigger, fill in batches, switch the code",
  breaks: ["0A000", "other value read"],
});
const COLLATE = rule({
  name: "change-collation",
  row: 20,
  statement: "ALTER COLUMN … TYPE … COLLATE",
  compatibility: "contract",
  mode: "AccessExclusive",
  scan: true,
  why: "old code's sort order and comparisons change, and the column's indexes are built anew",
  safeWay: "add a column with the collation, or name the collation in the query that needs it",
  breaks: ["0A000", "other order"],
});
const USED_BY_VIEW = rule({
  name: "type-used-by-view",
  row: 21,
  statement: "ALTER COLUMN … TYPE of a column that a view reads",
  compatibility: "contract",
  mode: "AccessExclusive",
  why: "PostgreSQL refuses it while a view reads the column",
  safeWay: "drop the view, change the type, make the view and its grants anew, all in one transaction",
  breaks: ["0A000"],
});

export const columnTypeRules = [WIDEN, NARROW, TO_BIGINT, CONVERT, ZONE, COLLATE, USED_BY_VIEW];

export const alterType: ChangeMatcher = (change) => {
  const { cmd, on, table } = change;
  if (cmd.subtype !== "AT_AlterColumnType" || cmd.def === undefined || !("ColumnDef" in cmd.def)) return null;
  const name = cmd.name ?? "";
  const column = table?.columns.get(name);
  const to = writtenType(cmd.def.ColumnDef.typeName);
  const using = isConversion(cmd.def.ColumnDef.raw_default, name);
  const view = readerOf(change, name);
  const findings: Finding[] =
    view === null ? [] : [{ rule: USED_BY_VIEW, on: [on], why: `the view ${view} reads the column` }];
  const collation = cmd.def.ColumnDef.collClause;
  const collated = collation === undefined ? null : words(collation.collname).at(-1);
  const changed = typeChange({ column, to, using, collated: collated ?? null, change });
  return [...findings, ...(column?.fresh === true ? [...changed].map(forNewColumn) : changed)];
};

/** `USING column` and `USING column::type` are what happens without them, too. */
function isConversion(expression: unknown, column: string): boolean {
  if (expression === undefined) return false;
  const node = expression as {
    TypeCast?: { arg?: unknown };
    ColumnRef?: { fields?: { String?: { sval?: string } }[] };
  };
  if (node.TypeCast !== undefined) return isConversion(node.TypeCast.arg, column);
  return node.ColumnRef?.fields?.at(-1)?.String?.sval !== column;
}

const forNewColumn = (finding: Finding): Finding => ({
  ...finding,
  compatibility: "expand",
  condition: null,
  why: "no running code knows the column",
  breaks: [],
});

/** A view that reads this column of the table, as far as its query can be seen. */
function readerOf({ table, cx }: Change, column: string): string | null {
  for (const reader of table?.readers ?? []) {
    const view = cx.world.relations.get(reader);
    if (view === undefined) continue;
    const text = JSON.stringify(view.query ?? null);
    if (view.query === null || text.includes(`"sval":${JSON.stringify(column)}`) || text.includes('"A_Star"'))
      return reader;
  }
  return null;
}

type Changing = Readonly<{
  column: Column | undefined;
  to: WrittenType;
  using: boolean;
  collated: string | null;
  change: Change;
}>;

const INTEGERS = ["int2", "int4", "int8"];

function typeChange({ column, to, using, collated, change }: Changing): readonly Finding[] {
  const { on } = change;
  const own = column?.type ?? null;
  if (own === null) {
    return found(CONVERT, [on], { undecided: "the type that the column has now" });
  }
  const domain = change.cx.world.types.get(keyOf(change.cx.world, own.name.split(".")));
  const from = own.array ? own : (domain?.base ?? own);
  const scan = checkedColumn(change);
  const array = from.array !== to.array;
  const plain = !array && !using;
  if (!array && collated !== null && collated !== column?.collation && sameFamily(from.name, to.name)) {
    return found(COLLATE, [on], { scan: scan || change.table?.whole !== true || indexed(change) });
  }
  if (!array && !using && sameType(own, to)) return quick(on, "the column has this type already");
  // A domain's values are those of its base; what it checked is checked no more.
  if (plain && own !== from && sameType(from, to)) return found(WIDEN, [on], { scan });
  if (!array && !using && widens(from, to)) return found(WIDEN, [on], { scan });
  if (plain && isText(from.name) && (to.name === "varchar" || to.name === "bpchar")) return found(NARROW, [on]);
  if (plain && from.name === "timestamp" && to.name === "timestamptz") return found(ZONE, [on]);
  if (plain && from.name === "timestamptz" && to.name === "timestamp") return found(ZONE, [on]);
  if (plain && INTEGERS.includes(from.name) && to.name === "int8") return found(TO_BIGINT, [on]);
  if (plain && from.name === "int2" && to.name === "int4") {
    return found(TO_BIGINT, [on], {
      compatibility: "expand-if",
      why: "values stay what they are, but every row is written anew",
      condition: RECYCLE,
      breaks: ["0A000"],
    });
  }
  return found(CONVERT, [on]);
}

const TEXTS = ["text", "varchar", "bpchar", "citext"];
const isText = (name: string): boolean => TEXTS.includes(name);
const sameFamily = (from: string, to: string): boolean => from === to || (isText(from) && isText(to));

const sameType = (from: WrittenType, to: WrittenType): boolean =>
  from.name === to.name &&
  from.mods.length === to.mods.length &&
  from.mods.every((mod, index) => mod === to.mods[index]);

/** Every old value is the same bytes in the new type. */
function widens(from: WrittenType, to: WrittenType): boolean {
  const [was, is] = [from.mods[0], to.mods[0]];
  if (from.name === "varchar" || from.name === "text") {
    if (to.name === "text") return true;
    if (to.name === "varchar") return is === undefined || (was !== undefined && is >= was);
  }
  if (from.name === "varbit" && to.name === "varbit") return is === undefined || (was !== undefined && is >= was);
  if (from.name === "cidr" && to.name === "inet") return true;
  if (from.name === "numeric" && to.name === "numeric") {
    if (to.mods.length === 0) return true;
    return was !== undefined && is !== undefined && is >= was && (from.mods[1] ?? 0) === (to.mods[1] ?? 0);
  }
  if (["timestamp", "timestamptz", "time", "timetz", "interval"].includes(from.name) && from.name === to.name) {
    return is === undefined || (was !== undefined && is >= was);
  }
  return false;
}

const indexed = ({ cmd, on, cx }: Change): boolean =>
  [...cx.world.indexes.values()].some(({ table, columns }) => table === on && columns.includes(cmd.name ?? ""));

/** A CHECK that names the column is proven again over all rows. */
const checkedColumn = ({ cmd, table }: Change): boolean =>
  [...(table?.constraints.values() ?? [])].some(
    ({ kind, columns }) => kind === "check" && columns.includes(cmd.name ?? ""),
  );
