import type { Environment } from "../fleet/fleet.ts";
import type { Proof, ProofPart } from "../migrations/prove/proof.ts";
import type { Loss } from "../plan/plan.ts";
import { isConfirmed } from "../plan/schema-way-back.ts";
import { type Problem, problem } from "../problem.ts";
import type { Proven } from "./prove.ts";

/** Why a release whose migrations were proven so does not run; nothing where it may. Pure. */
export function proofProblems(
  found: Proven & Readonly<{ environment: Environment; acceptLoss: readonly string[] }>,
): readonly Problem[] {
  const { proofs, unproven, environment, acceptLoss } = found;
  const accepted = environment.acceptUnproven !== null;
  return [
    ...proofs.flatMap((proof) => problemsOf(proof, { accepted, acceptLoss })),
    ...(accepted ? [] : unproven.map((one) => ({ ...one.problem, message: `${one.service}: ${one.problem.message}` }))),
  ];
}

type Accepting = Readonly<{ accepted: boolean; acceptLoss: readonly string[] }>;

function problemsOf(proof: Proof, { accepted, acceptLoss }: Accepting): readonly Problem[] {
  const { rollback, downLoses, parts } = proof;
  const losses = [...(typeof rollback === "string" ? [] : rollback.noWayBack), ...downLoses];
  const missing = losses.filter(({ table }) => !isConfirmed(table, "", acceptLoss));
  // A loss that somebody has named is no surprise: what fails only because of it is let through.
  const forgiven = (part: ProofPart): boolean =>
    losses.length > 0 && missing.length === 0 && (part.part === "rollback" || part.part === "reversal");
  const failing = parts.filter((part) => part.verdict === "failed" && !forgiven(part));
  const open = accepted ? [] : parts.filter(({ verdict }) => verdict === "inconclusive");
  return [
    ...failing.map((part) => of("migration-not-borne", proof, part, hintFor(part, missing))),
    ...open.map((part) =>
      of(
        "migration-unproven",
        proof,
        part,
        "mend that, or say in the environment `acceptUnproven: why`: then it runs unproven",
      ),
    ),
  ];
}

const of = (code: string, { service, files, data }: Proof, { part, evidence }: ProofPart, hint: string): Problem =>
  problem(
    code,
    `${service}: ${[...files, ...data].map(({ name }) => name).join(", ")}: ${part}: ${inOneLine(evidence)}`,
    hint,
  );

/** What was found, and the first of what it was met by; the proof itself has told all of it, one a line. */
function inOneLine(evidence: string): string {
  const [what = "", ...met] = evidence.split("\n");
  const shown = met.slice(0, 3).join("; ");
  return `${what}${shown === "" ? "" : `: ${shown}`}${met.length > 3 ? `; and ${met.length - 3} more` : ""}`;
}

function hintFor({ part }: ProofPart, missing: readonly Loss[]): string {
  if (missing.length > 0 && (part === "reversal" || part === "rollback")) {
    const tables = [...new Set(missing.map(({ table }) => table))];
    return `lost for good: ${missing.map(({ table, loss }) => `${table}: ${loss}`).join("; ")}. Write a down file that keeps it; if it may go: ${tables.map((table) => `--confirm-loss ${table}`).join(" ")}`;
  }
  switch (part) {
    case "reversal":
      return "make the down file bring back what the up file changes, or begin the up file with `-- sampan: irreversible because …`";
    case "old-on-new":
    case "neighbours":
      return "expand first: add the new form beside the old one and let code use both; take the old one away in a later release, when nothing needs it";
    case "new-on-old":
      return "the service says `codeFirst: true`: let its code work without the migration too, or take that word away";
    case "rollback":
      return "let new code write what old code can read for one release, or write a down file that brings the old form back";
    case "data":
      return "correct the data file, or let the code that comes bear rows that are not filled in yet; it runs in the release that brings it";
    case "locks":
      return "split the migration so that no statement holds its lock long: NOT VALID and VALIDATE apart, indexes CONCURRENTLY, data in batches";
  }
}
