import type { Loss, RollbackVerdict } from "../../plan/plan.ts";
import { dataSums } from "../catalog/data.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { afterwards, type Log, neighbours, oldOnNew } from "./compatibility-parts.ts";
import { ask, board, leave, type Member, reboard, type Sea } from "./crew.ts";
import { fillIn } from "./data-part.ts";
import type { Migrating, ProofCx } from "./ground.ts";
import type { ProofPart } from "./proof.ts";
import { revertAll } from "./revert-all.ts";
import { runUp, whyNot } from "./run-up.ts";
import { withAdmin } from "./scratch/scratch-server.ts";
import { disturbed, sequenceStates } from "./sequences.ts";

/** What is found out of one service's migrations, with the others' code about. */
export type Compatibility = Readonly<{
  parts: readonly ProofPart[];
  rollback: RollbackVerdict;
  downLoses: readonly Loss[];
}>;

/**
 * All that runs now is started on a clone and holds its connections; then each service migrates, in order, and after each one all are
 * asked again. What starts later meets the new schema: each is started anew. Then new code writes, and old code is asked once more.
 */
export async function proveCompatibility(
  sea: Sea,
  migrating: readonly Migrating[],
  cx: ProofCx,
): Promise<ReadonlyMap<string, Compatibility>> {
  const { ground, database } = sea;
  const roles = Object.keys(ground.catalog.roles);
  const crew = await Promise.all(ground.running.map((witness) => board(witness, sea, cx)));
  const fit = crew.filter(({ unfit }) => unfit === null);
  const log: Log[] = [];
  const fallen = new Set<string>();
  const hear = async (at: string, how: string, one: Member): Promise<void> => {
    // Who has fallen at one service's migrations has nothing to say of the next one's.
    if (fallen.has(one.witness.service)) return;
    const met = await ask(one, sea, cx);
    if (met.length === 0) return;
    fallen.add(one.witness.service);
    log.push({ by: one.witness.service, at, how, met });
  };
  const nextOnes: Member[] = [];
  try {
    const before = await withAdmin(cx.server, database, (client) => readCatalog(client, roles));
    const failed = new Map<string, string>();
    const times = new Map<string, number>();
    for (const one of migrating) {
      const began = cx.clock.monotonic();
      const stood = await withAdmin(cx.server, database, sequenceStates);
      const why = await whyNot(runUp(one, { ground, database, lockTimeout: 10_000 }, cx), cx.signal);
      times.set(one.service, cx.clock.monotonic() - began);
      if (why !== null) failed.set(one.service, why);
      const met = disturbed(stood, await withAdmin(cx.server, database, sequenceStates));
      const runs = fit.some(({ witness }) => witness.service === one.service);
      if (met.length > 0 && runs) log.push({ by: one.service, at: one.service, how: "by itself", met });
      await Promise.all(fit.map((member) => hear(one.service, "with connections open since before", member)));
    }
    const last = migrating.at(-1)?.service ?? "";
    await Promise.all(
      fit.map(async (member) => {
        if (fallen.has(member.witness.service)) return;
        const ill = await reboard(member, sea, cx);
        const at = culprit(migrating, member.witness.service, last);
        if (ill === null) return hear(at, "started anew", member);
        fallen.add(member.witness.service);
        log.push({ by: member.witness.service, at, how: "started anew", met: [ill] });
      }),
    );
    const forward = [...log];
    log.length = 0;
    const written = await withAdmin(cx.server, database, (client) => dataSums(client, before));
    const starting = migrating.flatMap(({ next }) => (next === null || ground.running.length === 0 ? [] : [next]));
    nextOnes.push(...(await Promise.all(starting.map((next) => board(next, sea, cx)))));
    await Promise.all(
      fit.map((member) => hear(culprit(migrating, member.witness.service, last), "after new code has written", member)),
    );
    const filled = new Map<string, ProofPart>();
    for (const one of migrating.filter(({ data }) => data.length > 0)) {
      const next = nextOnes.find(({ witness }) => witness.service === one.service) ?? null;
      filled.set(one.service, await fillIn(one, { sea, next }, cx));
      await Promise.all(fit.map((member) => hear(one.service, "after its data was filled in", member)));
    }
    await Promise.all(nextOnes.map(({ running, session }) => Promise.all([running.stop(), session?.close()])));
    const needsRevert = forward.length + log.length > 0;
    const reverted = needsRevert
      ? await revertAll({ migrating, sea, catalog: before, sums: written, crew: fit }, cx)
      : { loss: [], why: null, downLoses: [] };
    return new Map(
      migrating.map((one) => {
        const own = crew.find(({ witness }) => witness.service === one.service) ?? null;
        const next = nextOnes.find(({ witness }) => witness.service === one.service) ?? null;
        const took = times.get(one.service) ?? 0;
        const parts = [
          oldOnNew({ one, own, log: forward, failed: failed.get(one.service) ?? null, took }),
          neighbours({ one, crew, log: forward, took }),
          afterwards({ one, own, next, log, reverted: reverted.why, took }),
          filled.get(one.service) ?? null,
        ].filter((part) => part !== null);
        const hurt = [...forward, ...log].some(({ at }) => at === one.service);
        const rollback: RollbackVerdict = !hurt
          ? "keep"
          : reverted.loss.length > 0 || reverted.why !== null
            ? {
                noWayBack:
                  reverted.loss.length > 0 ? reverted.loss : [{ table: one.service, loss: reverted.why ?? "" }],
              }
            : "revert";
        return [one.service, { parts, rollback, downLoses: hurt ? reverted.downLoses : [] }] as const;
      }),
    );
  } finally {
    await leave([...crew, ...nextOnes]);
  }
}

/** Whose migrations a later failure is told at: its own where it has some, else the last ones. */
const culprit = (migrating: readonly Migrating[], service: string, last: string): string =>
  migrating.some((one) => one.service === service) ? service : last;
