import { applyMigrations } from "../apply-migrations.ts";
import { runChecks } from "./checks.ts";
import type { Member, Sea } from "./crew.ts";
import type { Migrating, ProofCx } from "./ground.ts";
import type { ProofPart } from "./proof.ts";
import { whyNot } from "./run-up.ts";
import { runOn } from "./scratch/run-on.ts";

/** Milliseconds that a check of new code is tried again. */
const PATIENCE = 1_500;

/** Runs a service's batches, as they run once its code does, and asks that code on what they filled. `next`: its code; null: it is not there. */
export async function fillIn(
  one: Migrating,
  { sea, next }: Readonly<{ sea: Sea; next: Member | null }>,
  cx: ProofCx,
): Promise<ProofPart> {
  const began = cx.clock.monotonic();
  const { ground, database } = sea;
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "data",
    verdict,
    evidence,
    took: cx.clock.monotonic() - began,
  });
  const run = runOn({ ground, cx, database, ...one, files: one.data }, { lockTimeout: 10_000 });
  const why = await whyNot(applyMigrations(run), cx.signal);
  if (why !== null) return part("failed", `its batches do not run: ${why}`);
  const names = one.data.map(({ name }) => name).join(", ");
  if (next === null || next.unfit !== null) return part("passed", `${names}: filled in`);
  const { witness, running, variables } = next;
  const failures = await runChecks({ witness, running, patience: PATIENCE, variables }, cx);
  return failures.length === 0
    ? part("passed", `${names}: filled in, and the code that comes works on it`)
    : part(
        "failed",
        [
          `${names}: the code that comes does not work on what was filled in`,
          ...failures.map(({ check, failure }) => `${check}: ${failure}`),
        ].join("\n"),
      );
}
