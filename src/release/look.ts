import type { Environment } from "../fleet/fleet.ts";
import { appliedMigrations } from "../migrations/applied-migrations.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { AppliedMigration, Observed, ObservedService } from "../plan/observed.ts";
import type { Configuration } from "./configuration.ts";
import type { Workplace } from "./workplace.ts";

/** What is there now: the target's word and the databases' records. Changes nothing. */
export async function look(at: Workplace, environment: Environment, configuration: Configuration): Promise<Observed> {
  const withMigrations = [...configuration.services].filter(([name]) => at.fleet.services[name]?.migrations != null);
  const [observed, applied] = await Promise.all([
    at.target(environment).observe({ signal: at.signal }),
    Promise.all(
      withMigrations.map(
        async ([name, { migrationUrl }]): Promise<[string, readonly AppliedMigration[]]> => [
          name,
          migrationUrl === null || migrationUrl === "" ? [] : await appliedMigrations(migrationUrl, at.signal),
        ],
      ),
    ),
  ]);
  const services: Record<string, ObservedService> = { ...observed.services };
  for (const [name, migrations] of applied) {
    if (migrations.length > 0) services[name] = { ...(services[name] ?? NOTHING_OBSERVED), migrations };
  }
  return { environment: environment.name, services };
}
