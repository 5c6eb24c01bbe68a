import { join, posix } from "node:path";
import pLimit from "p-limit";
import type { Artifact } from "../artifacts/artifact.ts";
import { folderOf } from "../artifacts/source/source.ts";
import type { Environment, Service } from "../fleet/fleet.ts";
import { catalogAt } from "../migrations/catalog/catalog-at.ts";
import { proofsOf } from "../migrations/prove/stored-proofs.ts";
import { reading } from "../migrations/reading.ts";
import { toolRecords } from "../migrations/tool-records.ts";
import type { DesiredService } from "../plan/desired.ts";
import type { Problem } from "../problem.ts";
import type { AllowedStatement } from "./allowed-statement.ts";
import type { containersFor } from "./containers.ts";
import { migrationsFor } from "./migrations-for.ts";
import type { Facts } from "./prepare.ts";
import { sideBySide } from "./side-by-side.ts";
import { specOf } from "./spec-of.ts";
import type { Workplace } from "./workplace.ts";

export type Wanted = Readonly<{
  at: Workplace;
  environment: Environment;
  facts: Facts;
  /** Null: nothing is built. */
  built: Readonly<Record<string, Artifact>> | null;
  containers: Awaited<ReturnType<typeof containersFor>>["of"];
}>;

/** Sessions that are open at once: databases wait for nobody, and for each of them there is little to do. */
const AT_ONCE = 8;

/** The chosen services as they are to run, with the migrations that they bring; all that is wrong with any of those. */
export async function desiredServices(wanted: Wanted): Promise<
  Readonly<{
    services: readonly DesiredService[];
    allowed: readonly AllowedStatement[];
    problems: readonly Problem[];
  }>
> {
  const limit = pLimit(AT_ONCE);
  const found = await sideBySide(wanted.facts.names.map((name) => limit(() => desiredService(name, wanted))));
  const there = found.filter((one) => one !== null);
  return {
    services: there.map(({ service }) => service),
    allowed: there.flatMap(({ allowed }) => allowed),
    problems: there.flatMap(({ problems }) => problems),
  };
}

async function desiredService(
  name: string,
  { at, environment, facts, built, containers }: Wanted,
): Promise<Readonly<{
  service: DesiredService;
  allowed: readonly AllowedStatement[];
  problems: readonly Problem[];
}> | null> {
  const { repository, configuration, artifacts, fingerprints, observed } = facts;
  const service = at.fleet.services[name];
  const state = artifacts[name];
  if (service === undefined || state === undefined) return null;
  const kind = at.artifacts(environment);
  const container = containers.get(name);
  const made = built?.[name] ?? state.found;
  // Until it is built, a preview knows it by its tree and reads its migrations where they are written.
  const artifact = made?.artifact ?? state.artifact ?? state.hash.artifact;
  const verified = observed.services[name]?.marks[0]?.revision.artifact === artifact;
  const files = async (): Promise<string> =>
    made === null
      ? join(at.fleet.root, service.path)
      : kind.files({ service: name, source: made.source, signal: at.signal });
  const revision = { artifact, commit: made?.commit ?? repository.head, variables: fingerprints.get(name) ?? "" };
  const url = configuration.services.get(name)?.migrationUrl ?? "";
  const migrations = await migrationsFor({
    service,
    files,
    observed,
    revision,
    verified,
    catalog: async () => (url === "" ? null : catalogAt(url, at.signal)),
    others: async () => (url === "" ? [] : reading(url, at.signal, toolRecords)),
    proofs: async () => proofsOf(await at.store(), environment.name, name),
  });
  return {
    service: {
      name,
      revision,
      source: made?.source ?? `not built: ${name}`,
      spec: specOf(service, container ?? null),
      needs: container?.needs ?? service.needs,
      contract: asked(environment, service),
      restores: null,
      notes: container?.notes ?? [],
      migrations: migrations.desired,
    },
    allowed: migrations.allowed,
    problems: await atTheirSource(migrations.problems, { from: files, to: join(at.fleet.root, service.path) }),
  };
}

/** What was read in an artifact is mended where it was written. */
async function atTheirSource(
  problems: readonly Problem[],
  { from, to }: Readonly<{ from: () => Promise<string>; to: string }>,
): Promise<readonly Problem[]> {
  if (problems.length === 0) return problems;
  const folder = `${await from()}/`;
  return problems.map((one) =>
    one.file?.startsWith(folder) === true
      ? { ...one, file: join(to, one.file.slice(folder.length)), hint: one.hint?.replaceAll(folder, `${to}/`) ?? null }
      : one,
  );
}

/** The contract that the running service is held against. */
const asked = (environment: Environment, service: Service): string | null =>
  environment.contracts !== "ask" || service.contract.kind === "none" || service.port === null
    ? null
    : posix.join(folderOf(service), service.contract.file);
