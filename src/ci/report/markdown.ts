import { oneLine } from "../../plain.ts";
import type { ReleaseDocument } from "../../release/outcome.ts";
import { mermaidOf } from "./mermaid.ts";
import { type CiOutcome, statusOf } from "./outcome.ts";

/** GitHub takes a megabyte from a step. */
const LIMIT = 900_000;

/** Other people's words in a page: as letters, whatever they would be in Markdown or HTML. */
export const words = (text: string): string =>
  oneLine(text).replace(/[!-/:-@[-`{-~]/g, (sign) => `&#${sign.codePointAt(0)};`);

/** The job's summary: what was decided and why, what the change reaches, what came of it, and the plans' graphs. */
export function summaryOf({ document, plans }: CiOutcome): string {
  const { decision, affected, checks, releases, problems, base } = document;
  const parts = [
    `## Sampan: ${words(statusOf(document))}`,
    ...(decision === null
      ? []
      : [`**${[decision.kind, ...decision.environments].map(words).join(" ")}**: ${words(decision.why)}`]),
    ...(affected.length === 0
      ? []
      : [
          table(
            ["Service", "Why"],
            affected.map(({ name, because }) => [
              name,
              because === "needs"
                ? "needs a changed one"
                : base === null
                  ? "nothing to compare with"
                  : `changed since ${base.slice(0, 7)}`,
            ]),
          ),
        ]),
    ...(problems.length === 0 ? [] : [list(problems.map(({ message, hint }) => [message, hint]))]),
    ...(checks.length === 0
      ? []
      : [
          table(
            ["Check", "Service", "Verdict", "Evidence"],
            checks.map(({ kind, service, verdict, evidence }) => [kind, service ?? "", verdict, first(evidence)]),
          ),
        ]),
    ...releases.flatMap((release) => {
      const plan = plans.get(release.release ?? "");
      return [...releaseParts(release), ...(plan === undefined || plan.steps.length === 0 ? [] : [mermaidOf(plan)])];
    }),
  ];
  const kept: string[] = [];
  let size = 0;
  for (const part of parts) {
    size += Buffer.byteLength(part) + 2;
    if (size > LIMIT) break;
    kept.push(part);
  }
  return `${kept.join("\n\n")}\n`;
}

function releaseParts({
  release,
  environment,
  status,
  seconds,
  services,
  approval,
  problems,
}: ReleaseDocument): readonly string[] {
  return [
    `### ${words(environment)}: ${words(status)}${release === null ? "" : ` (${words(release)}, ${seconds} s)`}`,
    table(
      ["Service", "From", "To", "Status", "Gates"],
      services.map((one) => [
        one.name,
        one.from ?? "–",
        one.to ?? "–",
        one.status,
        one.gates.map(({ kind, verdict }) => `${kind} ${verdict}`).join(", "),
      ]),
    ),
    ...(approval.length === 0
      ? []
      : [
          table(
            ["Checklist", "State", "By", "Evidence"],
            approval.map(({ text, automatic, state, by, evidence }) => [
              text,
              state,
              by.length === 0 && automatic !== null ? "Sampan" : by.join(", "),
              first(evidence),
            ]),
          ),
        ]),
    ...(problems.length === 0 ? [] : [list(problems.map(({ message, hint }) => [message, hint]))]),
  ];
}

const first = (text: string): string => (text.split("\n")[0] ?? "").slice(0, 300);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows.map((row) => row.map(words))].map((row) => `| ${row.join(" | ")} |`).join("\n");

const list = (items: readonly (readonly [string, string | null])[]): string =>
  items.map(([message, hint]) => `- ${words(message)}${hint === null ? "" : ` → ${words(hint)}`}`).join("\n");
