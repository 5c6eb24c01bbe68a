import type { Catalog, Column } from "../../catalog/catalog.ts";
import { literal } from "./quote.ts";

/** Literals for a column's row `nth` (from 0), best first: the next ones are for rules that the first does not satisfy. Deterministic. */
export function valuesFor(
  column: Column,
  nth: number,
  known: Readonly<{ catalog: Catalog; rules: readonly string[] }>,
): readonly string[] {
  const { catalog } = known;
  const domain = catalog.domains[column.type];
  if (domain !== undefined) {
    const own = Object.entries(catalog.constraints).flatMap(([name, { kind, definition }]) =>
      kind === "c" && name.startsWith(`${column.type} `) ? [definition] : [],
    );
    return valuesFor({ ...column, type: domain.type }, nth, { catalog, rules: [...known.rules, ...own] });
  }
  const labels = catalog.enums[column.type]?.values;
  if (labels !== undefined && labels.length > 0)
    return rotated(labels, nth).map((label) => `${literal(label)}::${column.type}`);
  const hints = hintsIn(known.rules);
  const base = column.type.replace(/\(.*\)/, "");
  if (column.type.endsWith("[]")) {
    const inner = valuesFor({ ...column, type: column.type.slice(0, -2) }, nth, known);
    return [...inner.map((value) => `array[${value}]::${column.type}`), `'{}'::${column.type}`];
  }
  if (NUMBERS.has(base)) return numbers(column.type, nth, hints.numbers);
  if (TEXTS.has(base)) return texts(column, nth, hints);
  const plain = PLAIN[base];
  if (plain !== undefined) {
    const dates = /^(date|timestamp)/.test(base) ? hints.strings.filter((text) => /^\d{4}-\d\d-\d\d/.test(text)) : [];
    return [plain(nth), ...dates].map((text) => `${literal(text)}::${column.type}`);
  }
  const composite = catalog.types[column.type];
  if (composite?.definition.startsWith("range of")) return [`'empty'::${column.type}`];
  if (composite !== undefined)
    return [
      `row(${composite.definition
        .split(", ")
        .map(() => "null")
        .join(", ")})::${column.type}`,
    ];
  return ["null"];
}

const NUMBERS = new Set(["smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid"]);
const TEXTS = new Set(["text", "character varying", "character", "citext", "public.citext", "name", '"char"']);

const day = (nth: number): string => `2026-01-${String((nth % 27) + 1).padStart(2, "0")}`;
const hex = (nth: number): string => (nth + 1).toString(16).padStart(12, "0");

const PLAIN: Readonly<Record<string, (nth: number) => string>> = {
  boolean: (nth) => (nth % 2 === 0 ? "true" : "false"),
  uuid: (nth) => `00000000-0000-4000-8000-${hex(nth)}`,
  date: day,
  "timestamp without time zone": (nth) => `${day(nth)} 10:00:00`,
  "timestamp with time zone": (nth) => `${day(nth)} 10:00:00+00`,
  "time without time zone": (nth) => `${String(nth % 24).padStart(2, "0")}:00:00`,
  "time with time zone": (nth) => `${String(nth % 24).padStart(2, "0")}:00:00+00`,
  interval: (nth) => `${nth + 1} hours`,
  json: (nth) => `{"n": ${nth + 1}}`,
  jsonb: (nth) => `{"n": ${nth + 1}}`,
  bytea: (nth) => `\\x${hex(nth)}`,
  inet: (nth) => `10.0.0.${(nth % 250) + 1}`,
  cidr: (nth) => `10.0.${nth % 250}.0/24`,
  macaddr: (nth) => `02:00:00:00:00:${(nth % 250).toString(16).padStart(2, "0")}`,
  xml: (nth) => `<n>${nth + 1}</n>`,
  point: (nth) => `(${nth + 1},1)`,
  tsvector: (nth) => `word${nth + 1}`,
  bit: () => "1",
  "bit varying": () => "1",
  int4range: (nth) => `[${nth * 10},${nth * 10 + 5})`,
  int8range: (nth) => `[${nth * 10},${nth * 10 + 5})`,
  numrange: (nth) => `[${nth * 10},${nth * 10 + 5})`,
  daterange: (nth) => `[${day(nth)},${day(nth + 1)})`,
  tsrange: (nth) => `[${day(nth)} 10:00,${day(nth)} 11:00)`,
  tstzrange: (nth) => `[${day(nth)} 10:00+00,${day(nth)} 11:00+00)`,
};

type Hints = Readonly<{ strings: readonly string[]; numbers: readonly number[] }>;

/** What the rules of a table say of its values: the words and numbers in them are the likeliest to satisfy them. */
function hintsIn(rules: readonly string[]): Hints {
  const strings = rules.flatMap((rule) =>
    [...rule.matchAll(/'((?:[^']|'')*)'/g)].map(([, text = ""]) => text.replaceAll("''", "'")),
  );
  const bare = rules.map((rule) => rule.replaceAll(/'(?:[^']|'')*'/g, "")).join(" ");
  const found = [...bare.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
  return { strings: [...new Set(strings)], numbers: [...new Set(found)] };
}

function numbers(type: string, nth: number, hints: readonly number[]): readonly string[] {
  const [, precision = "", scale = "0"] = /\((\d+),?(\d+)?\)/.exec(type) ?? [];
  const whole = precision === "" ? 6 : Number(precision) - Number(scale);
  const first = whole <= 0 ? (nth + 1) / 10 ** Math.max(1, Number(scale)) : (nth + 1) % 10 ** Math.min(whole, 6) || 1;
  const near = hints.flatMap((hint) => [hint + 1 + nth, hint, hint - 1 - nth]);
  return [...new Set([first, ...near, 0, -(nth + 1), (nth + 1) * 1000])].map(String);
}

const CODES = ["KH", "TH", "VN", "LA", "MY", "SG", "ID", "PH"];

function texts(column: Column, nth: number, { strings, numbers: lengths }: Hints): readonly string[] {
  const limit = Number(/\((\d+)\)/.exec(column.type)?.[1] ?? Number.POSITIVE_INFINITY);
  const name = column.name.replaceAll('"', "");
  const words = [
    ...rotated(
      strings.filter((text) => !/[%^$\\]/.test(text)),
      nth,
    ),
    `${name}-${nth + 1}`,
    `${name.replaceAll(/[^a-z]/gi, "").toLowerCase() || "x"}${nth + 1}@example.org`,
    `https://example.org/${name}/${nth + 1}`,
    CODES[nth % CODES.length] ?? "",
    (CODES[nth % CODES.length] ?? "").toLowerCase(),
    `+8490000000${nth}`,
    ...lengths
      .filter((length) => length > 0 && length <= 4096)
      .map((length) => `${nth + 1}${"x".repeat(length)}`.slice(0, length)),
    String(nth + 1),
    `${nth + 1}`.padStart(64, "a"),
    String.fromCharCode(97 + (nth % 26)),
  ];
  // A short column would cut the number off, which is what makes the rows differ.
  const fitted = words.map((text) => (text.length <= limit ? text : `${nth + 1}${text}`.slice(0, limit)));
  return [...new Set(fitted)].map(literal);
}

const rotated = <T>(list: readonly T[], by: number): readonly T[] =>
  list.map((_, at) => list[(at + by) % list.length] as T);
