import { durationKey, estimateSeconds, type PastDurations } from "../plan/estimate.ts";
import type { Plan } from "../plan/plan.ts";
import type { Workplace } from "./workplace.ts";

/** Releases that the estimate learns from. */
const LOOKED_AT = 5;

/** Seconds that a plan may take, by what its steps took in the last verified releases of the environment. */
export async function estimateFrom(at: Workplace, plan: Plan): Promise<number> {
  const store = await at.store();
  const releases = (await store.releases(plan.environment, 20))
    .filter(({ status }) => status === "verified")
    .slice(0, LOOKED_AT);
  const samples = new Map<string, number[]>();
  for (const release of releases) {
    const steps = new Map(release.plan.steps.map((step) => [step.id, step]));
    for (const record of await store.journal(release.id)) {
      const step = record.kind === "done" && record.way === "do" ? steps.get(record.step) : undefined;
      if (step === undefined || record.kind !== "done") continue;
      for (const key of [durationKey(step.service, step), durationKey("*", step)]) {
        samples.set(key, [...(samples.get(key) ?? []), record.took]);
      }
    }
  }
  const past: Record<string, number> = {};
  for (const [key, took] of samples) past[key] = [...took].sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? 0;
  return estimateSeconds(plan, past satisfies PastDurations);
}
