import type { Member } from "./crew.ts";
import type { Migrating } from "./ground.ts";
import type { ProofPart } from "./proof.ts";

/** What happened to the crew, told by who met what, and at whose migrations. */
export type Log = Readonly<{ by: string; at: string; how: string; met: readonly string[] }>;

type Told = Readonly<{ one: Migrating; log: readonly Log[]; took: number }>;

export function oldOnNew({
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

export function neighbours({ one, crew, log, took }: Told & Readonly<{ crew: readonly Member[] }>): ProofPart | null {
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

export function afterwards({ one, own, next, log, reverted, took }: Afterwards): ProofPart {
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
