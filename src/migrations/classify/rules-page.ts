import { RULES } from "./rules/all.ts";
import type { Rule } from "./rules/rule.ts";
import type { Compatibility } from "./verdict.ts";

const WORDS: Readonly<Record<Compatibility, string>> = {
  expand: "expand",
  "expand-if": "expand, if",
  contract: "contract",
  data: "data",
  unknown: "unknown",
};

/** docs/reference/migration-rules.md. */
export function rulesPage(): string {
  const rows = RULES.map((rule) => {
    const cells = [
      rule.row ?? "–",
      `\`${rule.name}\``,
      rule.statement,
      WORDS[rule.compatibility],
      lockText(rule),
      [rule.why, ...(rule.condition === null ? [] : [`holds if ${rule.condition}`])].join("; "),
      rule.breaks.join(", ") || "–",
      rule.safeWay ?? "–",
    ];
    return `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `# What each statement of a migration does

Written from the rules themselves by \`node scripts/generate-reference.mjs\`. The verdict of one statement may be milder where the
catalog, or what the same release made, shows it: whatever is done to a table that no running code knows is \`new-object\`. \`Row\` is the row of the table of
measured statements. What the words mean is in the guide, [Safe migrations](../guide/safe-migrations.md).

| Row | Rule | Statement | Old code | Lock | Why | It may meet | Safe way |
| --- | ---- | --------- | -------- | ---- | --- | ----------- | -------- |
${rows.join("\n")}
`;
}

function lockText({ mode, rewrite, scan }: Rule): string {
  const long = [...(rewrite ? ["every row rewritten"] : []), ...(scan && !rewrite ? ["every row read"] : [])];
  return [mode ?? "none", ...long].join(", ");
}
