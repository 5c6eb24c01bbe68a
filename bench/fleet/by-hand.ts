import { setTimeout as sleep } from "node:timers/promises";
import { type Started, startTwin, type Twin } from "./twins.ts";

/**
 * The least that any deployment in this order can take here: each service started once those it needs are through, and looked at
 * for `healthyFor`. Nobody plans, records, tests or moves traffic. Milliseconds until the last is through.
 */
export async function byHand(twins: readonly Twin[]): Promise<number> {
  const started: Started[] = [];
  const through = new Map<string, Promise<void>>();
  const run = async (twin: Twin): Promise<void> => {
    await Promise.all(twin.service.needs.map((need) => through.get(need)));
    started.push(await startTwin(twin));
    await sleep(twin.service.health?.healthyFor ?? 0);
  };
  const from = performance.now();
  try {
    // Declared before those that need them.
    for (const twin of twins) through.set(twin.service.name, run(twin));
    await Promise.all(through.values());
    return performance.now() - from;
  } finally {
    await Promise.allSettled(through.values());
    await Promise.all(started.map(({ end }) => end()));
  }
}

/** How long each service takes to start when nothing else does: milliseconds by name. */
export async function startsAlone(twins: readonly Twin[]): Promise<ReadonlyMap<string, number>> {
  const alone = new Map<string, number>();
  for (const twin of twins) {
    const { ms, end } = await startTwin(twin);
    alone.set(twin.service.name, ms);
    await end();
  }
  return alone;
}
