import { styleText } from "node:util";
import type { FileVerdict, StatementVerdict } from "../../migrations/classify/verdict.ts";

export type Judged = Readonly<{
  /** Null: a folder without a fleet. */
  service: string | null;
  folder: string;
  format: string;
  /** Whether the catalog of a database was looked at. */
  catalog: boolean;
  files: readonly FileVerdict[];
}>;

const COLOURS = { expand: "green", "expand-if": "cyan", data: "blue", contract: "yellow", unknown: "red" } as const;

/** What is worth reading before these migrations run: all but what nobody notices. */
export function verdictText(judged: Judged, at: Readonly<{ colour: boolean; all: boolean }>): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    at.colour ? styleText(style, text, { validateStream: false }) : text;
  const lines: string[] = [];
  for (const { direction, statements } of judged.files) {
    if (direction === "down" && !at.all) continue;
    for (const one of statements) {
      if (!at.all && !telling(one)) continue;
      lines.push(
        `${paint("bold", `${one.file}:${one.line}:${one.column}`)} ${paint(COLOURS[one.compatibility], one.compatibility)} ${one.rule}`,
        `    ${paint("dim", one.text)}`,
        ...details(one).map((line) => `    ${line}`),
      );
    }
  }
  lines.push(summary(judged));
  return `${lines.join("\n")}\n`;
}

const telling = ({ compatibility, lock, undecided }: StatementVerdict): boolean =>
  compatibility !== "expand" || lock.unsafe || undecided !== null;

function details(one: StatementVerdict): readonly string[] {
  const { lock } = one;
  const effects = [
    ...(lock.rewrite ? ["every row rewritten"] : []),
    ...(lock.scan && !lock.rewrite ? ["every row read"] : []),
  ];
  const locked =
    lock.mode === null ? [] : [[`locks ${lock.on.join(", ")} (${lock.mode})`, ...effects, ...blocked(one)].join(", ")];
  return [
    one.why,
    ...(one.condition === null ? [] : [`holds if ${one.condition}`]),
    ...locked,
    ...(one.breaks.length === 0 ? [] : [`old code may meet: ${one.breaks.join(", ")}`]),
    ...(one.undecided === null ? [] : [`not decided without a database: ${one.undecided}`]),
    ...(one.allowed === null ? [] : [`allowed because ${one.allowed.because}`]),
    ...(one.safeWay === null ? [] : [`→ ${one.safeWay}`]),
  ];
}

const blocked = ({ lock }: StatementVerdict): readonly string[] =>
  lock.unsafe
    ? [lock.blocks === "reads" ? "nobody reads or writes as long as it takes" : "nobody writes as long as it takes"]
    : [];

function summary({ service, folder, format, catalog, files }: Judged): string {
  const ups = files.filter(({ direction }) => direction === "up");
  const statements = ups.flatMap((file) => file.statements);
  const counts = new Map<string, number>();
  for (const { compatibility } of statements) counts.set(compatibility, (counts.get(compatibility) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  const open = statements.filter(({ undecided }) => undecided !== null).length;
  const undecided = open === 0 ? "" : `; ${open} not decided ${catalog ? "" : "without a database"}`.trimEnd();
  return `${service ?? folder}: ${ups.length} files (${format}), ${statements.length} statements${words === "" ? "" : `: ${words}`}${undecided}`;
}
