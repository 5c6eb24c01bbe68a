import type { ProofEvent } from "../../migrations/prove/ground.ts";
import { oneLine } from "../../plain.ts";
import type { Proven } from "../../release/prove.ts";

const SIGN = { passed: "✓", failed: "✗", inconclusive: "?" } as const;

/** One part of a proof, one line; what failed in full below it. */
export function proofLine(event: ProofEvent): string {
  if (event.kind === "building") return `… prove migrations of ${event.services.join(", ")}\n`;
  const { service, part, verdict, evidence, took } = event;
  const [first = "", ...more] = evidence.split("\n");
  const rest = verdict === "passed" ? [] : more.map((line) => `    ${oneLine(line)}\n`);
  return `${SIGN[verdict]} prove ${service} ${part}: ${oneLine(first)} (${Math.round(took)} ms)\n${rest.join("")}`;
}

/** What was found, one line a service. */
export function proofSummary({ proofs, unproven }: Pick<Proven, "proofs" | "unproven">): string {
  if (proofs.length + unproven.length === 0) return "no migration is pending\n";
  const lines = [
    ...proofs.map(({ service, files, data, verdict, rollback }) => {
      const names = [...files, ...data].map(({ name }) => name).join(", ");
      const back =
        rollback === "keep"
          ? "a rollback keeps them"
          : rollback === "revert"
            ? "a rollback takes them back"
            : `there is no way back without loss of ${rollback.noWayBack.map(({ table, loss }) => `${table} (${loss})`).join(", ")}`;
      return `${SIGN[verdict]} ${service}: ${names}: ${verdict}; ${back}`;
    }),
    ...unproven.map(
      ({ service, problem }) => `? ${service}: ${problem.message}${problem.hint === null ? "" : ` → ${problem.hint}`}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
