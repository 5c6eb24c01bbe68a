import { styleText } from "node:util";
import { oneLine } from "../../plain.ts";
import type { Problem } from "../../problem.ts";

/** `file:line:column: message` and, below it, what to do. */
export function renderProblems(problems: readonly Problem[], colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return problems
    .map(({ code, file, line, column, message, hint }) => {
      const place = file === null ? "" : `${[file, line, column].filter((part) => part !== null).join(":")}: `;
      const first = `${paint("red", "✗")} ${paint("bold", oneLine(place))}${oneLine(message)} ${paint("dim", `[${code}]`)}\n`;
      return hint === null
        ? first
        : `${first}  ${paint("cyan", "→")} ${hint.split("\n").map(oneLine).join("\n    ")}\n`;
    })
    .join("");
}
