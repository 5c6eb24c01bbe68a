import type { Environment } from "../fleet/fleet.ts";
import type { ProofEvent } from "../migrations/prove/ground.ts";
import type { Proof } from "../migrations/prove/proof.ts";
import type { DesiredService } from "../plan/desired.ts";
import type { Observed } from "../plan/observed.ts";
import { type Problem, Refused } from "../problem.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { hasPending } from "./has-pending.ts";
import { look } from "./look.ts";
import { withRollback } from "./migrations-for.ts";
import type { proofProblems } from "./proof-problems.ts";
import type { Workplace } from "./workplace.ts";

export type ProvingWish = Readonly<{
  at: Workplace;
  environment: Environment;
  configuration: Configuration;
  observed: Observed;
  services: readonly DesiredService[];
  /** Tables whose loss a person has accepted, by name: `service.table` or `table`. */
  acceptLoss: readonly string[];
  /** Prove again what is proven already. */
  anew: boolean;
  /** Why what was found does not run: `proofProblems`, unless somebody only wants to know. */
  judge: typeof proofProblems;
  progress: (event: ProofEvent) => void;
}>;

export type Proving = Readonly<{
  /** Each migration with what going back does with it. */
  services: readonly DesiredService[];
  evidence: readonly (Proof | Readonly<{ service: string; unproven: Problem; accepted: string | null }>)[];
}>;

/**
 * The gate before a plan: what is pending is proven, or it does not run.
 * @throws Refused (exit 3) with which check, which statement and which error.
 */
export async function proveMigrations(wish: ProvingWish): Promise<Proving> {
  const { at, environment, services, progress, anew } = wish;
  if (!services.some(hasPending)) return { services, evidence: [] };
  const { configuration, observed } = await everybody(wish);
  const { mask } = configuration;
  // Scratch servers and their grammar are loaded by those alone who have something to prove.
  const { prove } = await import("./prove.ts");
  const { proofs, unproven } = await prove({
    at,
    environment,
    configuration,
    observed,
    services,
    anew,
    mask,
    progress,
  });
  const problems = wish.judge({ proofs, unproven, environment, acceptLoss: wish.acceptLoss });
  if (problems.length > 0) throw new Refused(problems, 3);
  const verdicts = new Map(proofs.map(({ service, rollback }) => [service, rollback]));
  const known = services.map((service): DesiredService => {
    const rollback = verdicts.get(service.name);
    if (rollback === undefined || service.migrations === null) return service;
    return {
      ...service,
      migrations: { ...service.migrations, up: service.migrations.up.map((file) => withRollback(file, rollback)) },
    };
  });
  const accepted = environment.acceptUnproven;
  return {
    services: known,
    evidence: [...proofs, ...unproven.map(({ service, problem }) => ({ service, unproven: problem, accepted }))],
  };
}

/** Neighbours have a say whether or not they are deployed now; where their variables cannot be read, those that are asked for. */
async function everybody({
  at,
  environment,
  configuration,
  observed,
}: ProvingWish): Promise<Pick<ProvingWish, "configuration" | "observed">> {
  const names = Object.keys(at.fleet.services);
  if (names.every((name) => configuration.services.has(name))) return { configuration, observed };
  try {
    const all = await readConfiguration(at, environment.name, names);
    return { configuration: all, observed: await look(at, environment, all) };
  } catch (error) {
    if (error instanceof Refused) return { configuration, observed };
    throw error;
  }
}
