import type { Cx, InstancesTarget } from "../targets/target.ts";
import { artifactKinds, neededArtifacts } from "./needed-artifacts.ts";
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
    const keep = await neededArtifacts(at);
    for (const kind of artifactKinds(at)) await kind.prune({ keep, asked: false, signal: at.signal });
  } catch (error) {
    at.log(`tidying up was left for the next release: ${error instanceof Error ? error.message : String(error)}`);
  }
}
