import type { Cx, InstancesTarget } from "../targets/target.ts";
import type { Workplace } from "./workplace.ts";

/** Verified marks kept for each service: how far back a rollback reaches. */
const KEPT = 10;

/** Forgets what no rollback of any environment needs. Whatever goes wrong here is no failure of the release. */
export async function tidy({
  at,
  target,
  cx,
}: Readonly<{ at: Workplace; target: InstancesTarget; cx: Cx }>): Promise<void> {
  try {
    await target.prune(KEPT, cx);
    const needed = new Set<string>();
    for (const environment of Object.values(at.fleet.environments)) {
      const { services } = await at.target(environment).observe({ signal: at.signal });
      for (const { marks, instances } of Object.values(services)) {
        for (const { revision } of [...marks, ...instances]) needed.add(revision.artifact);
      }
    }
    for (const { plan, status } of await (await at.store()).releases(null, 50)) {
      if (status === "verified" || status === "rolled-back") continue;
      for (const { to } of plan.services) if (to !== null) needed.add(to.artifact);
    }
    await at.pruneBundles(needed);
  } catch (error) {
    at.log(`tidying up was left for the next release: ${error instanceof Error ? error.message : String(error)}`);
  }
}
