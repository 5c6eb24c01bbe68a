import { stripVTControlCharacters } from "node:util";

/** Columns as wide as their widest cell; plain text, no lines. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

const width = (cell: string): number => [...stripVTControlCharacters(cell)].length;
