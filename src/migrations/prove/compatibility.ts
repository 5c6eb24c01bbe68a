import type { RollbackVerdict } from "../../plan/plan.ts";
import { applyMigrations } from "../apply-migrations.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { compareCatalogs } from "../catalog/compare-catalogs.ts";
import { type DataLoss, type DataSums, dataSums, lostData } from "../catalog/data.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { revertMigrations } from "../revert-migrations.ts";
import { ask, board, leave, type Member, reboard, type Sea } from "./crew.ts";
import { isOurs, wordsOfFault } from "./fault-words.ts";
import type { Migrating, ProofCx } from "./ground.ts";
import type { ProofPart } from "./proof.ts";
import { withAdmin } from "./scratch/scratch-server.ts";
import { runOn } from "./scratch/template.ts";

/** What is found out of one service's migrations, with the others' code about. */
export type Compatibility = Readonly<{
  parts: readonly ProofPart[];
  rollback: RollbackVerdict;
  downLoses: readonly DataLoss[];
}>;

/** What happened to the crew, told by who met what, and at whose migrations. */
type Log = Readonly<{ by: string; at: string; how: string; met: readonly string[] }>;

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
      const why = await up(one, sea, cx);
      times.set(one.service, cx.clock.monotonic() - began);
      if (why !== null) failed.set(one.service, why);
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

/** Null: they ran; else what they met. */
async function up(one: Migrating, { ground, database }: Sea, cx: ProofCx): Promise<string | null> {
  try {
    await applyMigrations(runOn({ ground, cx, database, ...one }, { lockTimeout: 10_000 }));
    return null;
  } catch (error) {
    cx.signal.throwIfAborted();
    if (isOurs(error)) throw error;
    return wordsOfFault(error);
  }
}

type Reverting = Readonly<{
  migrating: readonly Migrating[];
  sea: Sea;
  catalog: Catalog;
  sums: DataSums;
  crew: readonly Member[];
}>;

type Reverted = Readonly<{
  /** Of what was there before new code wrote. */
  loss: readonly DataLoss[];
  /** Why the way back does not lead back; null: it does. */
  why: string | null;
  /** What new code had written and the down files take away. */
  downLoses: readonly DataLoss[];
}>;

/** Takes all back with the data that new code wrote, and asks old code on the old schema. */
async function revertAll({ migrating, sea, catalog, sums, crew }: Reverting, cx: ProofCx): Promise<Reverted> {
  const { ground, database } = sea;
  const roles = Object.keys(ground.catalog.roles);
  const admin = <T>(use: Parameters<typeof withAdmin<T>>[2]): Promise<T> => withAdmin(cx.server, database, use);
  const now = await admin((client) => readCatalog(client, roles));
  const full = await admin((client) => dataSums(client, now));
  for (const one of [...migrating].reverse()) {
    try {
      await revertMigrations(runOn({ ground, cx, database, ...one }, { lockTimeout: 10_000 }));
    } catch (error) {
      cx.signal.throwIfAborted();
      return {
        loss: [],
        why: `the down files of ${one.service} do not run with what was written: ${wordsOfFault(error)}`,
        downLoses: [],
      };
    }
  }
  const back = await admin((client) => readCatalog(client, roles));
  const left = await admin((client) => dataSums(client, now));
  const old = await admin((client) => dataSums(client, catalog));
  // Rows that new code wrote are more than there were, and no loss.
  const loss = lostData(sums, old).filter(isLoss);
  const downLoses = lostData(full, left).filter(
    ({ table, loss: text }) => !loss.some((one) => one.table === table && one.loss === text),
  );
  const wrong = compareCatalogs(catalog, back).filter(({ order }) => !order);
  if (wrong.length > 0)
    return { loss, why: `the down files do not bring the schema back: ${wrong[0]?.text ?? ""}`, downLoses };
  for (const member of crew) {
    const ill = await reboard(member, sea, cx);
    const met = ill === null ? await ask(member, sea, cx) : [ill];
    if (met.length > 0)
      return { loss, why: `${member.witness.service} after the way back: ${met[0] ?? ""}`, downLoses };
  }
  return { loss, why: null, downLoses };
}

/** Rows and values that new code added or changed are more than there were, and no loss. */
function isLoss({ loss }: DataLoss): boolean {
  const [, before, after] = /^(\d+) rows? before, (\d+) after$/.exec(loss) ?? [];
  return before === undefined ? !loss.endsWith("are others") : Number(after) < Number(before);
}

type Told = Readonly<{ one: Migrating; log: readonly Log[]; took: number }>;

function oldOnNew({
  one,
  own,
  log,
  failed,
  took,
}: Told & Readonly<{ own: Member | null; failed: string | null }>): ProofPart {
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "old-on-new",
    verdict,
    evidence,
    took,
  });
  if (failed !== null) return part("failed", `the migrations do not run under load: ${failed}`);
  if (own === null) return part("passed", "nothing runs there yet: there is no old code to bear it");
  const name = `artifact ${own.witness.artifact.slice(7, 19)}, which runs now,`;
  if (own.unfit !== null) return part("inconclusive", `${name} cannot testify: ${own.unfit}`);
  const met = log.filter(({ by, at }) => by === one.service && at === one.service);
  if (met.length > 0) return part("failed", [`${name} does not bear the new schema`, ...met.flatMap(lines)].join("\n"));
  const blamed = log.find(({ by }) => by === one.service);
  if (blamed !== undefined) return part("inconclusive", `${name} had fallen at the migrations of ${blamed.at} already`);
  return part(
    "passed",
    `${name} bears the new schema: ${countOf(own)}, with connections open since before and started anew`,
  );
}

function neighbours({ one, crew, log, took }: Told & Readonly<{ crew: readonly Member[] }>): ProofPart | null {
  const others = crew.filter(({ witness }) => witness.service !== one.service);
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "neighbours",
    verdict,
    evidence,
    took,
  });
  if (others.length === 0) return null;
  const names = others.map(({ witness, roles }) => `${witness.service} as ${roles.join(", ") || "no role"}`).join("; ");
  const met = log.filter(({ by, at }) => by !== one.service && at === one.service);
  if (met.length > 0)
    return part(
      "failed",
      [
        "others on this database do not bear it",
        ...met.flatMap((entry) => lines(entry).map((line) => `${entry.by}: ${line}`)),
      ].join("\n"),
    );
  const mute = others.filter(({ unfit }) => unfit !== null);
  if (mute.length > 0)
    return part(
      "inconclusive",
      mute.map(({ witness, unfit }) => `${witness.service} cannot testify: ${unfit ?? ""}`).join("\n"),
    );
  return part("passed", `${names}: all bear it`);
}

type Afterwards = Told & Readonly<{ own: Member | null; next: Member | null; reverted: string | null }>;

function afterwards({ one, own, next, log, reverted, took }: Afterwards): ProofPart {
  const part = (verdict: ProofPart["verdict"], evidence: string): ProofPart => ({
    part: "rollback",
    verdict,
    evidence,
    took,
  });
  if (own === null) return part("passed", "nothing runs there yet: there is nothing to return to");
  if (own.unfit !== null) return part("inconclusive", "what would be returned to cannot testify");
  if (next === null) return part("inconclusive", "the artifact that comes is not there to write anything");
  if (next.unfit !== null) return part("inconclusive", `the artifact that comes cannot write: ${next.unfit}`);
  const met = log.filter(({ at }) => at === one.service);
  if (met.length === 0)
    return part("passed", "old code bears the schema with what new code wrote: a rollback keeps it");
  const what = met.flatMap((entry) => lines(entry).map((line) => `${entry.by}: ${line}`));
  if (reverted === null)
    return part(
      "passed",
      ["a rollback takes the migrations back: old code does not bear what new code wrote", ...what].join("\n"),
    );
  return part("failed", [`there is no way back: ${reverted}`, ...what].join("\n"));
}

const lines = ({ how, met }: Log): readonly string[] => met.map((text) => `${text} (${how})`);

const countOf = ({ witness }: Member): string => {
  const checks = witness.checks.length + (witness.spec.smoke.kind === "checks" ? witness.spec.smoke.checks.length : 0);
  const queries = witness.queries.length;
  return `${checks} checks${queries === 0 ? "" : ` and ${queries} statements`}`;
};
