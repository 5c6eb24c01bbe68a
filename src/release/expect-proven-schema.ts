import type { JournalRecord } from "../engine/journal.ts";
import { catalogAt } from "../migrations/catalog/catalog-at.ts";
import { catalogHash } from "../migrations/catalog/catalog-hash.ts";
import type { Plan } from "../plan/plan.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { Configuration } from "./configuration.ts";
import { rolePurposes } from "./role-purposes.ts";

export type ProvenSchema = Readonly<{
  plan: Plan;
  /** What the release was planned with: its proofs are among it. */
  evidence: Readonly<Record<string, unknown>>;
  /** What the release has done so far. */
  records: readonly JournalRecord[];
  configuration: Configuration;
  signal: AbortSignal;
}>;

type Known = Readonly<{ service: string; catalog: string; roles: readonly string[] }>;

/**
 * Directly before a release's first migration: each schema is the one that its migrations were proven on. Once a migration has begun, its
 * schema is on its way, and nothing is compared. @throws Refused (exit 3) where somebody has changed it since.
 */
export async function expectProvenSchema(at: ProvenSchema): Promise<void> {
  const { plan, records, configuration, signal } = at;
  const migrating = plan.steps.filter(({ action }) => action.kind === "migrate" && action.direction === "up");
  const steps = new Set(migrating.map(({ id }) => id));
  if (records.some((record) => record.kind === "intended" && steps.has(record.step))) return;
  const concerned = new Set(migrating.map(({ service }) => service));
  const known = proofsIn(at.evidence).filter(({ service }) => concerned.has(service));
  const problems = await Promise.all(
    known.map(async ({ service, catalog, roles }): Promise<readonly Problem[]> => {
      const url = configuration.services.get(service)?.migrationUrl ?? "";
      if (url === "") return [];
      const purposes = rolePurposes(configuration, url);
      const named = new Map([...purposes].map(([role, purpose]) => [purpose, role]));
      const now = await catalogAt(
        url,
        signal,
        roles.map((role) => named.get(role) ?? role),
      );
      return catalogHash(now, purposes) === catalog ? [] : [changed(service, plan.environment)];
    }),
  );
  if (problems.flat().length > 0) throw new Refused(problems.flat(), 3);
}

const changed = (service: string, environment: string): Problem =>
  problem(
    "schema-drifted",
    `${service}: the schema of its database is another than the one that its migrations were proven on`,
    `nothing was migrated; prove them on what is there now: \`sampan deploy ${environment}\``,
  );

/** Those that were accepted without a proof name no schema. */
function proofsIn({ proofs }: Readonly<Record<string, unknown>>): readonly Known[] {
  if (!Array.isArray(proofs)) return [];
  return proofs.flatMap((proof: Partial<Known> | null) =>
    typeof proof?.service === "string" && typeof proof.catalog === "string"
      ? [{ service: proof.service, catalog: proof.catalog, roles: proof.roles ?? [] }]
      : [],
  );
}
