/** What one statement answered and wrote, in a transaction that was rolled back. */
export type Seen = Readonly<{
  /** Null: it ran. */
  error: string | null;
  /** `name type` of each column of the answer. */
  fields: readonly string[];
  /** Each row as JSON: a list of its cells. */
  rows: readonly string[];
  /** In the order that the statement asks for; else any order is right. */
  ordered: boolean;
  /** `+table {row}` for what came, `-table {row}` for what went. */
  written: readonly string[];
  /** Of the tables that something went from, the values of each column as they stood before: `table` → column → text. */
  stood: Standing;
}>;

export type Standing = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type Baseline = Readonly<{ first: Seen; second: Seen }>;

/**
 * What is otherwise than it was before a change, where it was the same twice; null: nothing. Columns that were added are no business of old
 * code. Pure.
 */
export function otherwise({ first, second }: Baseline, now: Seen): string | null {
  if (now.error !== null) return now.error;
  if (first.fields.join() !== now.fields.join())
    return `answers columns ${namesOf(now.fields)}, before ${namesOf(first.fields)}`;
  if (first.rows.length !== now.rows.length) return `answers ${now.rows.length} rows, before ${first.rows.length}`;
  const rows = ({ rows: texts }: Seen): Rows => texts.map(answered);
  const answers = { was: rows(first), twice: rows(second), is: rows(now), ordered: first.ordered };
  if (changed({ ...answers, counts: () => true }).length > 0) return "answers other values";
  if (first.written.length !== now.written.length)
    return `writes ${now.written.length} rows, before ${first.written.length}`;
  const places = (seen: Seen): string => seen.written.map(placeOf).sort().join("\n");
  if (places(first) !== places(now)) return "writes to other tables, or otherwise";
  const written = (seen: Seen): Rows => seen.written.map(parsed);
  // What goes away is as the migration left it, which is no doing of old code's: it is known by what the migration did not touch.
  const counts = (place: string, column: string): boolean => {
    const table = place.slice(1);
    return place.startsWith("+") || first.stood[table]?.[column] === now.stood[table]?.[column];
  };
  const cells = changed({ was: written(first), twice: written(second), is: written(now), ordered: false, counts });
  return cells.length === 0 ? null : `writes other values: ${cells.join(", ")}`;
}

type Row = Readonly<Record<string, unknown>>;
type Rows = readonly Row[];

const TABLE = "";

/**
 * The columns whose values differ. A sequence or a clock gives every run another one, so rows cannot be told apart by it, nor sorted: a
 * column whose values the two runs before did not have in common is left out, table by table.
 */
function changed({
  was,
  twice,
  is,
  ordered,
  counts,
}: Readonly<{
  was: Rows;
  twice: Rows;
  is: Rows;
  ordered: boolean;
  counts: (table: string, column: string) => boolean;
}>): readonly string[] {
  const found = new Set<string>();
  for (const table of new Set([...was, ...is].map((row) => row[TABLE]))) {
    const of = (rows: Rows): Rows => rows.filter((row) => row[TABLE] === table);
    const [a, b, c] = [of(was), of(twice), of(is)];
    const known = [...new Set(a.flatMap((row) => Object.keys(row)))].filter(
      (column) => column === TABLE || counts(String(table ?? ""), column),
    );
    const alike = (left: Rows, right: Rows, columns: readonly string[]): boolean =>
      texts(left, columns, ordered).join("\n") === texts(right, columns, ordered).join("\n");
    const steady = known.filter((column) => alike(a, b, [column]));
    const others = steady.filter((column) => !alike(a, c, [column]));
    for (const column of others) found.add(column === TABLE ? "another table" : column);
    // Each column by itself may hold the same values, and the rows not.
    if (others.length === 0 && alike(a, b, steady) && !alike(a, c, steady)) found.add("values put together otherwise");
  }
  return [...found];
}

function texts(rows: Rows, columns: readonly string[], ordered: boolean): readonly string[] {
  const list = rows.map((row) => JSON.stringify(columns.map((column) => row[column] ?? null)));
  return ordered ? list : list.sort();
}

const answered = (text: string): Row => ({ ...(JSON.parse(text) as unknown[]) });

const placeOf = (text: string): string => text.slice(0, text.indexOf(" {"));

function parsed(text: string): Row {
  const place = placeOf(text);
  return { [TABLE]: place, ...(JSON.parse(text.slice(place.length + 1)) as Row) };
}

const namesOf = (fields: readonly string[]): string => fields.map((field) => field.split(" ")[0]).join(", ");
