import { styleText } from "node:util";
import { oneLine } from "../../plain.ts";
import type { ReleaseDocument } from "../../release/outcome.ts";
import { approvalText } from "./approval.ts";
import { table } from "./table.ts";

const HEADLINE: Readonly<Record<ReleaseDocument["status"], string>> = {
  verified: "done and verified",
  "rolled-back": "failed and rolled back; the version before serves",
  halted: "halted; it needs a person",
  refused: "refused; nothing was changed",
  "awaiting-approval": "waits for approval; nothing was changed",
  superseded: "another deployer has taken over; this one stopped",
  interrupted: "interrupted; `sampan resume` continues, `--back` returns",
};

/** One table: service, from → to, gates, seconds. */
export function outcomeText(document: ReleaseDocument, colour: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const good = document.status === "verified";
  const rows = document.services.map(({ name, from, to, status, gates, seconds }) => [
    `  ${name}`,
    `${from ?? "–"} → ${to ?? "–"}`,
    paint(status === "verified" || status === "unchanged" || status === "removed" ? "green" : "red", status),
    gates
      .map(({ kind, verdict }) => `${kind} ${verdict === "passed" ? "✓" : verdict === "failed" ? "✗" : "?"}`)
      .join(" "),
    status === "unchanged" ? "" : `${seconds} s`,
  ]);
  const head = `${document.environment}: ${paint(good ? "green" : "red", HEADLINE[document.status])}${document.release === null ? "" : ` (release ${document.release}, ${document.seconds} s)`}\n`;
  const problems = document.problems.map(
    ({ message, hint }) => `  ✗ ${oneLine(message)}\n${hint === null ? "" : `    → ${oneLine(hint)}\n`}`,
  );
  return `${head}${table([["  service", "from → to", "status", "gates", "time"], ...rows])}${document.status === "awaiting-approval" ? approvalText(document.approval) : ""}${problems.join("")}`;
}
