import { type Finding, failed, inconclusive, passed } from "../../gates/subject.ts";
import type { Plan } from "../../plan/plan.ts";
import { isProven, proofsIn } from "./proofs-in.ts";

/** Old code and new, and their neighbours, work with each migration of this plan: as it was proven for this release. Pure. */
export function migrationsCompatible(plan: Plan, proofs: unknown): Finding {
  const files = plan.steps.flatMap(({ service, action }) =>
    action.kind === "migrate" || action.kind === "backfill" ? action.files.map((file) => ({ service, file })) : [],
  );
  if (files.length === 0) return passed("this plan runs no migration");
  const known = proofsIn(proofs);
  // Whether there is a way back is an item of its own.
  const parts = known.flatMap(({ service, parts: all }) =>
    all.filter(({ part }) => part !== "reversal" && part !== "rollback").map((part) => ({ service, ...part })),
  );
  const said = ({ service, part, evidence }: (typeof parts)[number]): string =>
    `${service}: ${part}: ${evidence.split("\n")[0]?.slice(0, 200) ?? ""}`;
  const wrong = parts.find(({ verdict }) => verdict === "failed");
  if (wrong !== undefined) return failed(said(wrong));
  const unproven = files.find(({ service, file }) => !isProven(known, service, file.name));
  if (unproven !== undefined) return inconclusive(`${unproven.service}: ${unproven.file.name} is not proven`);
  const open = parts.find(({ verdict }) => verdict === "inconclusive");
  if (open !== undefined) return inconclusive(said(open));
  return passed(`${files.length} proven: ${[...new Set(parts.map(({ part }) => part))].join(", ")}`);
}
