import type { Catalog, Table } from "./catalog.ts";

/** One thing that two schemas do not have in common. */
export type Difference = Readonly<{
  /** `table`, `column`, `index`, … */
  kind: string;
  /** Its name as SQL writes it. */
  name: string;
  /** Its schema; null where it has none. */
  schema: string | null;
  change: "missing" | "added" | "changed";
  /** One line for people. */
  text: string;
  /** Only the order of columns: what names its columns does not notice. */
  order: boolean;
}>;

type Kind = Exclude<keyof Catalog, "version" | "others" | "database" | "defaultAcls">;

const KINDS: readonly (readonly [Kind, string])[] = [
  ["schemas", "schema"],
  ["tables", "table"],
  ["constraints", "constraint"],
  ["indexes", "index"],
  ["views", "view"],
  ["enums", "enum"],
  ["domains", "domain"],
  ["types", "type"],
  ["functions", "function"],
  ["triggers", "trigger"],
  ["policies", "policy"],
  ["rules", "rule"],
  ["sequences", "sequence"],
  ["extensions", "extension"],
  ["statistics", "statistics"],
  ["roles", "role"],
];

/** What `b` lacks, has beside, or has otherwise than `a`. Pure; nothing where they are alike. */
export function compareCatalogs(a: Catalog, b: Catalog): readonly Difference[] {
  const found: Difference[] = [];
  for (const [key, kind] of KINDS) {
    const [left, right] = [a[key] as Members, b[key] as Members];
    for (const name of union(left, right)) {
      const [was, is] = [left[name], right[name]];
      if (was === undefined || is === undefined) found.push(oneSided(kind, name, was === undefined));
      else if (key === "tables") found.push(...tableDifferences(name, was as Table, is as Table));
      else found.push(...changes({ kind, name, was, is }));
    }
  }
  found.push(...changes({ kind: "database", name: "", was: a.database, is: b.database }));
  found.push(...changes({ kind: "default privileges", name: "", was: a.defaultAcls, is: b.defaultAcls }));
  for (const name of a.others) if (!b.others.includes(name)) found.push(oneSided("object", name, false));
  for (const name of b.others) if (!a.others.includes(name)) found.push(oneSided("object", name, true));
  return found;
}

type Members = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const union = (a: object, b: object): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();

const oneSided = (kind: string, name: string, added: boolean): Difference => ({
  kind,
  name,
  schema: schemaOf(kind, name),
  change: added ? "added" : "missing",
  text: `${kind} ${name} is ${added ? "there beside" : "missing"}`,
  order: false,
});

/** The part before the first dot outside quotes; a schema is its own, and what belongs to the database has none. */
function schemaOf(kind: string, name: string): string | null {
  if (kind === "schema") return name;
  if (["role", "extension", "database", "default privileges", "object"].includes(kind)) return null;
  return /^("(?:[^"]|"")*"|[^".]+)\./.exec(name)?.[1] ?? null;
}

type Pair = Readonly<{
  kind: string;
  name: string;
  was: Readonly<Record<string, unknown>>;
  is: Readonly<Record<string, unknown>>;
}>;

function changes({ kind, name, was, is }: Pair): readonly Difference[] {
  return union(was, is)
    .filter((key) => !alike(was[key], is[key]))
    .map((key) => ({
      kind,
      name,
      schema: schemaOf(kind, name),
      change: "changed" as const,
      text: `${[kind, name].filter((part) => part !== "").join(" ")}: ${key} ${shift(was[key], is[key])}`,
      order: false,
    }));
}

const alike = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Of lists only what came or went; an order is told as the whole. */
function shift(was: unknown, is: unknown): string {
  if (Array.isArray(was) && Array.isArray(is)) {
    const [before, after] = [was.map(shown), is.map(shown)];
    const gone = before.filter((entry) => !after.includes(entry));
    const come = after.filter((entry) => !before.includes(entry));
    if (gone.length + come.length > 0)
      return [...gone.map((entry) => `lacks ${entry}`), ...come.map((entry) => `has also ${entry}`)].join(", ");
  }
  return `is ${shown(is)}, was ${shown(was)}`;
}

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value.replaceAll(/\s+/g, " ").trim() : (JSON.stringify(value) ?? "nothing");
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
};

function tableDifferences(name: string, was: Table, is: Table): readonly Difference[] {
  const { columns: before, ...rest } = was;
  const { columns: after, ...other } = is;
  const found = [...changes({ kind: "table", name, was: rest, is: other })];
  const [left, right] = [before, after].map((columns) => new Map(columns.map((column) => [column.name, column])));
  for (const column of new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])) {
    const [a, b] = [left?.get(column), right?.get(column)];
    const full = `${name}.${column}`;
    if (a === undefined || b === undefined) found.push(oneSided("column", full, a === undefined));
    else found.push(...changes({ kind: "column", name: full, was: a, is: b }));
  }
  const order = (columns: Table["columns"], others: Table["columns"]): string =>
    columns
      .map((column) => column.name)
      .filter((column) => others.some((other) => other.name === column))
      .join(", ");
  const [first, second] = [order(before, after), order(after, before)];
  if (first !== second) {
    found.push({
      kind: "table",
      name,
      schema: schemaOf("table", name),
      change: "changed",
      text: `table ${name}: the order of columns is ${second}, was ${first}`,
      order: true,
    });
  }
  return found;
}
