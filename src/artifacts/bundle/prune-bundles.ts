import { join } from "node:path";
import type { Clock } from "../../io/clock.ts";
import { changedAt, moveFolder, namesIn, removeFolder } from "../../io/folders.ts";
import { systemRandom } from "../../io/random.ts";
import { bundlesOf, UNFINISHED } from "./bundle-folder.ts";

const HOUR = 3_600_000;

type RemovedBundle = Readonly<{ service: string; artifact: string }>;

/**
 * Removes the bundles whose artifact is not in `keep`, and unfinished folders; nothing that is younger than an hour, which another
 * deployer may have made and be about to use.
 * `keep` must hold what is active, what a rollback returns to and what is about to be deployed, of every environment.
 */
export async function pruneBundles(
  at: Readonly<{ state: string; keep: ReadonlySet<string>; clock: Clock; signal: AbortSignal }>,
): Promise<Readonly<{ removed: readonly RemovedBundle[] }>> {
  const removed: RemovedBundle[] = [];
  const top = bundlesOf(at.state);
  for (const service of namesIn(top)) {
    for (const name of namesIn(join(top, service))) {
      at.signal.throwIfAborted();
      const folder = join(top, service, name);
      if (at.clock.now() - (changedAt(folder) ?? 0) < HOUR) continue;
      if (name.startsWith(UNFINISHED)) {
        await removeFolder(folder);
        continue;
      }
      if (!/^[0-9a-f]{64}$/.test(name) || at.keep.has(`sha256:${name}`)) continue;
      // Out of sight at once: a half removed bundle must not look like one.
      const away = join(top, service, `${UNFINISHED}${systemRandom.hex(8)}`);
      moveFolder(folder, away);
      await removeFolder(away);
      removed.push({ service, artifact: `sha256:${name}` });
    }
  }
  return { removed };
}
