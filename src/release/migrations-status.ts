import { join } from "node:path";
import type { Environment } from "../fleet/fleet.ts";
import { batchesUnderWay } from "../migrations/batches-under-way.ts";
import { catalogAt } from "../migrations/catalog/catalog-at.ts";
import { proofsOf } from "../migrations/prove/stored-proofs.ts";
import { reading } from "../migrations/reading.ts";
import { toolRecords } from "../migrations/tool-records.ts";
import { NOTHING_OBSERVED } from "../plan/change.ts";
import type { Phase, RollbackVerdict } from "../plan/plan.ts";
import type { Problem } from "../problem.ts";
import { readConfiguration } from "./configuration.ts";
import { look } from "./look.ts";
import { migrationsFor } from "./migrations-for.ts";
import type { Workplace } from "./workplace.ts";

export type ServiceMigrations = Readonly<{
  service: string;
  /** In the order in which they were applied. */
  applied: readonly Readonly<{ name: string; phase: Phase; release: string; rollback: RollbackVerdict | null }>[];
  /** What the next release of this commit runs: before its instances, or after it is verified. */
  pending: readonly Readonly<{ name: string; phase: Phase; when: "before" | "after" }>[];
  waiting: readonly Readonly<{ name: string; phase: Phase; why: string }>[];
  /** A data migration that has begun. */
  underWay: readonly Readonly<{ name: string; position: string; last: string; rows: number }>[];
  /** Edited, missing, out of order, unreadable, undecided. */
  problems: readonly Problem[];
}>;

/** What an environment's databases have been through, and what this commit's files would add. Changes nothing. */
export async function migrationsStatus(
  at: Workplace,
  environment: Environment,
  names: readonly string[],
): Promise<readonly ServiceMigrations[]> {
  const concerned = names.filter((name) => at.fleet.services[name]?.migrations != null);
  const configuration = await readConfiguration(at, environment.name, concerned);
  const observed = await look(at, environment, configuration);
  return Promise.all(
    concerned.map(async (name): Promise<ServiceMigrations> => {
      const service = at.fleet.services[name];
      if (service === undefined) throw new Error(`${name} is a service of the fleet`);
      const url = configuration.services.get(name)?.migrationUrl ?? "";
      const { desired, problems } = await migrationsFor({
        service,
        files: async () => join(at.fleet.root, service.path),
        observed,
        // Whatever is built of these files is none of the revisions that are there.
        revision: { artifact: "", commit: "", variables: "" },
        verified: false,
        catalog: async () => (url === "" ? null : catalogAt(url, at.signal)),
        others: async () => (url === "" ? [] : reading(url, at.signal, toolRecords)),
        proofs: async () => proofsOf(await at.store(), environment.name, name),
      });
      const { migrations } = observed.services[name] ?? NOTHING_OBSERVED;
      return {
        service: name,
        applied: migrations.map(({ name: migration, phase, release, rollback }) => ({
          ...{ name: migration, phase, release, rollback },
        })),
        pending: [
          ...(desired?.up ?? []).map(({ name: migration, phase }) => ({
            name: migration,
            phase,
            when: "before" as const,
          })),
          ...(desired?.after ?? []).map(({ name: migration, phase }) => ({
            name: migration,
            phase,
            when: "after" as const,
          })),
        ],
        waiting: desired?.waiting ?? [],
        underWay: url === "" ? [] : await batchesUnderWay(url, at.signal),
        problems,
      };
    }),
  );
}
