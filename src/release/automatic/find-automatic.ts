import type { Automatic, Checklist } from "../../gates/approval/checklist.ts";
import { type Finding, inconclusive } from "../../gates/subject.ts";
import { CHECKED_BY } from "./checked-by.ts";
import { checksPassed } from "./checks-passed.ts";
import { healthyBefore } from "./healthy-before.ts";
import type { Looking } from "./looking.ts";
import { migrationsCompatible } from "./migrations-compatible.ts";
import { monitoringAnswers } from "./monitoring-answers.ts";
import { rollbackPossible } from "./rollback-possible.ts";

/** Looks now at what the checklist's automatic items ask, side by side; by the items' ids. */
export async function findAutomatic({ items }: Checklist, looking: Looking): Promise<ReadonlyMap<string, Finding>> {
  const found = await Promise.all(
    items.flatMap(({ id, automatic }) =>
      automatic === null ? [] : [look(automatic, looking).then((finding) => [id, finding] as const)],
    ),
  );
  return new Map(found);
}

async function look(automatic: Automatic, looking: Looking): Promise<Finding> {
  const { environment, plan, evidence } = looking;
  switch (automatic.kind) {
    case "monitoring":
      return monitoringAnswers(automatic, looking);
    case "migrations":
      return migrationsCompatible(plan, evidence.proofs);
    case "health":
      return healthyBefore(looking);
    case "rollback":
      return rollbackPossible(looking);
    case "contracts":
      if (environment.contracts === "none") return inconclusive(`${environment.name} compares no contracts`);
      return checksPassed(CHECKED_BY.contracts, evidence.checks);
    case "branch":
    case "ci":
    case "tests":
    case "variables":
      return checksPassed(CHECKED_BY[automatic.kind], evidence.checks);
  }
}
