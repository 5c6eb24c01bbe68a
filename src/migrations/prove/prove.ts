import type { Loss, RollbackVerdict } from "../../plan/plan.ts";
import { catalogHash } from "../catalog/catalog-hash.ts";
import { type Compatibility, proveCompatibility } from "./compatibility.ts";
import { board, leave, type Sea } from "./crew.ts";
import { fillIn } from "./data-part.ts";
import type { Ground, Migrating, ProofCx } from "./ground.ts";
import { proveLocks } from "./locks.ts";
import { type Proof, type ProofPart, verdictOf } from "./proof.ts";
import { proveReversal, type Reversal } from "./reversal.ts";
import { cloneOf, dropDatabases } from "./scratch/databases.ts";
import { makeTemplate, type NoTemplate, type Template } from "./scratch/template.ts";

export type ProofOrder = Readonly<{
  /** Absolute: logs of what is started, and what stands for storage. */
  folder: string;
  migrationOf: (one: Migrating) => string;
  /** Milliseconds that a reader's transaction stays open while the migrations run under load. */
  held: number;
}>;

/** The proof of every service's migrations on one database. Throws only for what is a bug, or when it is called off. */
export async function proveOn(ground: Ground, order: ProofOrder, cx: ProofCx): Promise<readonly Proof[]> {
  const began = cx.clock.monotonic();
  cx.progress({ kind: "building", services: ground.migrating.map(({ service }) => service) });
  const template = await makeTemplate(ground, cx);
  const made: string[] = [];
  const clone = async (): Promise<string> => {
    const name = await cloneOf(template as Template, cx, ground.catalog.database);
    made.push(name);
    return name;
  };
  try {
    const found =
      "why" in template ? unproven(ground, template) : await allParts({ ground, template, ...order, clone }, cx);
    return ground.migrating.map((one) => {
      const { parts, rollback, downLoses } = found.get(one.service) ?? {
        parts: [],
        rollback: "keep" as const,
        downLoses: [],
      };
      for (const { part, verdict, evidence, took } of parts)
        cx.progress({ kind: "part", service: one.service, part, verdict, evidence, took });
      return {
        formatVersion: 1,
        environment: ground.environment,
        service: one.service,
        files: one.files,
        data: one.data,
        running: ground.running.find(({ service }) => service === one.service)?.artifact ?? null,
        next: one.nextArtifact,
        migration: order.migrationOf(one),
        catalog: catalogHash(ground.catalog, ground.purposes),
        roles: Object.keys(ground.catalog.roles).map((role) => ground.purposes.get(role) ?? role),
        verdict: verdictOf(parts),
        rollback,
        downLoses,
        parts: parts.map((part) => ({ ...part, took: Math.round(part.took) })),
        at: cx.clock.now(),
        took: Math.round(cx.clock.monotonic() - began),
      };
    });
  } finally {
    await dropDatabases(
      cx,
      ["why" in template ? "" : template.database, ...made].filter((name) => name !== ""),
    );
  }
}

type Found = ReadonlyMap<
  string,
  Readonly<{ parts: readonly ProofPart[]; rollback: RollbackVerdict; downLoses: readonly Loss[] }>
>;

/** Without the environment's schema nothing is proven of anybody. */
function unproven(ground: Ground, { why, differences }: NoTemplate): Found {
  const evidence = [why, ...differences.slice(0, 20)].join("\n");
  const part: ProofPart = { part: "reversal", verdict: "inconclusive", evidence, took: 0 };
  return new Map(ground.migrating.map(({ service }) => [service, { parts: [part], rollback: "keep", downLoses: [] }]));
}

type Whole = Readonly<{ ground: Ground; template: Template; clone: () => Promise<string> }> & ProofOrder;

async function allParts({ ground, template, folder, held, clone }: Whole, cx: ProofCx): Promise<Found> {
  const { migrating } = ground;
  const old = ground.running.length > 0;
  // One after the other: nobody may be connected to what is copied, and two copies at once wait for each other.
  const reversing = await clone();
  const sailing = old ? await clone() : null;
  const loaded = old ? await clone() : null;
  const first = migrating.some(({ codeFirst }) => codeFirst) ? await clone() : null;
  const [reversals, compatibility, locks, codeFirst] = await Promise.all([
    reverseEach({ ground, template, database: reversing, folder, alone: !old }, cx),
    sailing === null
      ? new Map<string, Compatibility>()
      : proveCompatibility({ ground, database: sailing, folder }, migrating, cx),
    loaded === null ? null : proveLocks({ ground, database: loaded, catalog: template.catalog, migrating, held }, cx),
    first === null ? new Map<string, ProofPart>() : newOnOld({ ground, database: first, folder }, cx),
  ]);
  return new Map(
    migrating.map(({ service }) => {
      const reversal = reversals.get(service);
      const borne = compatibility.get(service);
      const early = codeFirst.get(service);
      const parts = [
        ...(reversal === undefined ? [] : [noted(reversal.part, template), ...reversal.filled]),
        ...(borne?.parts ?? [NOBODY]),
        ...(early === undefined ? [] : [early]),
        ...(locks === null ? [] : [locks]),
      ];
      const rollback = borne?.rollback ?? "keep";
      const loss = reversal?.loss ?? [];
      return [
        service,
        {
          parts,
          rollback: rollback === "revert" && loss.length > 0 ? { noWayBack: loss } : rollback,
          downLoses: [...(borne?.downLoses ?? []), ...loss],
        },
      ] as const;
    }),
  );
}

const NOBODY: ProofPart = {
  part: "old-on-new",
  verdict: "passed",
  evidence: "nothing runs there yet: there is no old code to bear it",
  took: 0,
};

function noted(part: ProofPart, { notes, samples, catalog }: Template): ProofPart {
  const empty = samples.empty.slice(0, 5).map(({ table, why }) => `no rows could be made for ${table}: ${why}`);
  const tables = Object.keys(catalog.tables).length;
  return {
    ...part,
    evidence: [part.evidence, `the schema: ${notes.join("; ")}; ${tables} tables`, ...empty].join("\n"),
  };
}

/** One after the other on one clone: each begins where those before it have left the schema. */
async function reverseEach(
  { ground, template, database, folder, alone }: Reversing,
  cx: ProofCx,
): Promise<ReadonlyMap<string, Reversal & Readonly<{ filled: readonly ProofPart[] }>>> {
  const found = new Map<string, Reversal & Readonly<{ filled: readonly ProofPart[] }>>();
  for (const migrating of ground.migrating) {
    const reversal = await proveReversal({ ground, migrating, database, samples: template.samples.rows }, cx);
    const filled =
      alone && migrating.data.length > 0 && reversal.part.verdict === "passed"
        ? [await fillIn(migrating, { sea: { ground, database, folder }, next: null }, cx)]
        : [];
    found.set(migrating.service, { ...reversal, filled });
  }
  return found;
}

type Reversing = Sea &
  Readonly<{
    template: Template;
    /** Nobody runs there: batches are tried here, with no code about. */
    alone: boolean;
  }>;

async function newOnOld(sea: Sea, cx: ProofCx): Promise<ReadonlyMap<string, ProofPart>> {
  const found = new Map<string, ProofPart>();
  for (const { service, codeFirst, next } of sea.ground.migrating) {
    if (!codeFirst) continue;
    const began = cx.clock.monotonic();
    const part = (verdict: ProofPart["verdict"], evidence: string): void =>
      void found.set(service, { part: "new-on-old", verdict, evidence, took: cx.clock.monotonic() - began });
    if (next === null) {
      part("inconclusive", "the artifact that comes is not there to be started");
      continue;
    }
    const member = await board(next, sea, cx);
    await leave([member]);
    // On the old schema there is nothing before it: what fails here is what is asked.
    if (member.unfit === null) part("passed", "the artifact that comes works on the schema as it is");
    else if (/^it declares neither/.test(member.unfit)) part("inconclusive", member.unfit);
    else part("failed", `the artifact that comes does not work before its migrations: ${member.unfit}`);
  }
  return found;
}
