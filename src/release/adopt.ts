import { join } from "node:path";
import type { Environment } from "../fleet/fleet.ts";
import { adoptMigrations } from "../migrations/adopt-migrations.ts";
import { readMigrations } from "../migrations/read-migrations.ts";
import { reading } from "../migrations/reading.ts";
import { toolRecords } from "../migrations/tool-records.ts";
import { adoptionOf } from "../plan/adoption.ts";
import type { MigrationFile } from "../plan/plan.ts";
import { type Problem, Refused } from "../problem.ts";
import { readConfiguration } from "./configuration.ts";
import { holdLease } from "./lease.ts";
import { look } from "./look.ts";
import { releaseId } from "./release-id.ts";
import type { Workplace } from "./workplace.ts";

export type Adopted = Readonly<{
  service: string;
  /** Whose records say so; null: a person does. */
  tool: string | null;
  adopted: readonly MigrationFile[];
}>;

export type AdoptOrder = Readonly<{
  at: Workplace;
  environment: Environment;
  services: readonly string[];
  through: string | null;
  /** Shows what would be recorded; false: the person says no. */
  confirm: (adopted: readonly Adopted[]) => Promise<boolean>;
}>;

/** Records what was applied by other means as applied, and runs nothing. Null: it was not confirmed. @throws Refused, EnvironmentHeld */
export async function adopt(order: AdoptOrder): Promise<readonly Adopted[] | null> {
  const { at, environment, through } = order;
  const names = order.services.filter((name) => at.fleet.services[name]?.migrations != null);
  const configuration = await readConfiguration(at, environment.name, names);
  const observed = await look(at, environment, configuration);
  const problems: Problem[] = [];
  const adopted: Adopted[] = [];
  for (const service of names) {
    const { path = ".", migrations } = at.fleet.services[service] ?? {};
    const url = configuration.services.get(service)?.migrationUrl ?? "";
    if (migrations == null || migrations.command !== null || url === "") continue;
    const read = await readMigrations(join(at.fleet.root, path, migrations.dir), { format: migrations.format });
    problems.push(...read.problems);
    const [tool = null] = await reading(url, at.signal, toolRecords);
    const files = read.migrations.map(({ name, sha256 }) => ({ name, sha256 }));
    const applied = observed.services[service]?.migrations ?? [];
    const found = adoptionOf({ service, files, applied, tool, through });
    problems.push(...found.problems);
    adopted.push({ service, tool: through === null ? (tool?.tool ?? null) : null, adopted: found.adopted });
  }
  if (problems.length > 0) throw new Refused(problems, 3);
  if (adopted.every((one) => one.adopted.length === 0)) return adopted;
  if (!(await order.confirm(adopted))) return null;
  const lease = await holdLease(at, await at.store(), { environment: environment.name, doing: "adopting migrations" });
  try {
    const release = releaseId(at.clock.now(), at.random);
    const fence = await at.target(environment).claim(`${at.by} pid ${process.pid}`, { signal: at.signal });
    for (const { service, adopted: files } of adopted) {
      await adoptMigrations({
        url: configuration.services.get(service)?.migrationUrl ?? "",
        fleet: at.fleet.name,
        environment: environment.name,
        service,
        folder: "",
        files: files.map((file) => ({ ...file, phase: "expand", rollback: null })),
        release,
        operationId: `${release}/${service}.adopt/1`,
        fence,
        signal: at.signal,
        clock: at.clock,
        random: at.random,
        log: at.log,
      });
    }
  } finally {
    await lease.giveBack();
  }
  return adopted;
}
