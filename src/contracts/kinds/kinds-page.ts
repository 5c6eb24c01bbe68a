import { KINDS } from "./all.ts";
import type { Effect } from "./kind.ts";

const WORDS = { breaking: "breaking", safe: "safe" } as const;

const word = (effect: Effect): string => (effect === null ? "–" : WORDS[effect]);

/** docs/reference/contract-changes.md. */
export function kindsPage(): string {
  const rows = KINDS.map(({ name, what, request, response, hint }) => {
    const cells = [`\`${name}\``, what, word(request), word(response), hint ?? "–"];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `# What each change of a contract does to callers

Written from the rules themselves by \`node scripts/generate-reference.mjs\`. \`Sent\` is what callers send: the new service must accept all that the
old one accepted. \`Answered\` is what they get: the new one must answer nothing that the old one did not. Of webhooks and callbacks it is the other way round.
How this is used is in the guide, [Contracts](../guide/contracts.md).

| Change | What it is | Sent | Answered | Without breaking anybody |
| ------ | ---------- | ---- | -------- | ------------------------ |
${rows.join("\n")}
`;
}
