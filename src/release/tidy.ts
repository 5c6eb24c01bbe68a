import type { Cx, InstancesTarget } from "../targets/target.ts";
import type { Workplace } from "./workplace.ts";

/** Verified marks kept for each service: how far back a rollback reaches. */
const KEPT = 10;

/** Releases, newest first, whose plans are asked what they need. */
const LOOKED_AT = 200;

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
    for (const { plan, status, environment } of await (await at.store()).releases(null, LOOKED_AT)) {
      // Another branch may declare environments that this one does not know: nobody here can ask what runs there.
      const declared = Object.hasOwn(at.fleet.environments, environment);
      if (declared && (status === "verified" || status === "rolled-back")) continue;
      for (const { from, to } of plan.services)
        for (const one of [from, to]) if (one !== null) needed.add(one.artifact);
    }
    await at.pruneBundles(needed);
  } catch (error) {
    at.log(`tidying up was left for the next release: ${error instanceof Error ? error.message : String(error)}`);
  }
}
