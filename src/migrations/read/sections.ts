import type { Format } from "../../fleet/migration-format.ts";
import type { FoundScript } from "./found-script.ts";

type Markers = Readonly<{
  format: Format;
  up: RegExp;
  down: RegExp;
  /** In a file or in a section's own line: its statements run one by one. */
  outside: RegExp;
}>;

/** Files that hold both ways, one after the other. */
const MARKERS: readonly Markers[] = [
  {
    format: "dbmate",
    up: /^--\s*migrate:up\b.*$/im,
    down: /^--\s*migrate:down\b.*$/im,
    outside: /^--\s*migrate:(?:up|down)\b.*transaction:\s*false/im,
  },
  {
    format: "goose",
    up: /^--\s*\+(?:goose|migrate)\s+Up\b.*$/im,
    down: /^--\s*\+(?:goose|migrate)\s+Down\b.*$/im,
    outside: /^--\s*\+(?:goose\s+NO\s+TRANSACTION|migrate\s+(?:Up|Down)\s+notransaction)/im,
  },
  {
    format: "node-pg-migrate",
    up: /^--\s*up\s+migration\b.*$/im,
    down: /^--\s*down\s+migration\b.*$/im,
    outside: /^--\s*pgm:noTransaction/im,
  },
];

/** The ways that a file holds; each keeps the lines that it stands in, so that places stay true. Null: it is in no such form. */
export function sectionsOf(file: string, sql: string): readonly FoundScript[] | null {
  const markers = MARKERS.find(({ up }) => up.test(sql));
  if (markers === undefined) return null;
  const up = markers.up.exec(sql)?.index ?? 0;
  const down = markers.down.exec(sql)?.index ?? null;
  const whole = markers.format === "goose" && /\+goose\s+NO\s+TRANSACTION/i.test(sql);
  const section = (from: number, to: number, direction: "up" | "down"): FoundScript => {
    const text = sql.slice(from, to);
    const blank = sql.slice(0, from).replaceAll(/[^\n]/g, " ");
    const transaction = !whole && !markers.outside.test(text);
    return { file, direction, layout: markers.format, transaction, content: { kind: "sql", sql: `${blank}${text}` } };
  };
  if (down === null) return [section(up, sql.length, "up")];
  return up < down
    ? [section(up, down, "up"), section(down, sql.length, "down")]
    : [section(up, sql.length, "up"), section(down, up, "down")];
}
