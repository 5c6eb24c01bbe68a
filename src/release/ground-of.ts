import { join } from "node:path";
import { runLogged } from "../artifacts/worktree/run-logged.ts";
import type { MigrationsSpec } from "../fleet/fleet.ts";
import { readTextIfThere } from "../io/files.ts";
import { readCatalog } from "../migrations/catalog/read-catalog.ts";
import { parseScript } from "../migrations/parse-script.ts";
import type { Ground, Migrating, Recorded, Tool } from "../migrations/prove/ground.ts";
import { placeOf } from "../migrations/prove/isolate.ts";
import type { Witness } from "../migrations/prove/witness.ts";
import { connectTo } from "../migrations/session.ts";
import type { DesiredService } from "../plan/desired.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";
import type { ProvingOrder } from "./prove.ts";
import { rolePurposes } from "./role-purposes.ts";
import { variableNames } from "./variable-names.ts";

/** All that a proof of these services' migrations, which share the database of `url`, has to know of the environment. Changes nothing. */
export async function groundOf(order: ProvingOrder, url: string, services: readonly DesiredService[]): Promise<Ground> {
  const { at, environment } = order;
  const place = placeOf(url);
  const running = (
    await Promise.all(Object.keys(order.observed.services).map((name) => runningOf(order, name)))
  ).filter(
    (witness): witness is Witness =>
      witness !== null && Object.values(witness.variables).some((value) => placeOf(value) === place),
  );
  const recorded = await Promise.all(
    [...order.configuration.services]
      .filter(([, { migrationUrl }]) => migrationUrl !== null && placeOf(migrationUrl) === place)
      .map(([name, { migrationUrl }]) => recordedOf(order, { name, url: migrationUrl ?? "", services })),
  );
  const migrating = await Promise.all(services.map((service) => migratingOf(order, service)));
  const roles = [...running.flatMap(({ variables }) => rolesIn(variables, place)), ...recorded.map(({ role }) => role)];
  const { client } = await connectTo(url, "sampan");
  try {
    const catalog = await readCatalog(client, [...new Set(roles)]);
    const own = recorded.filter(({ applied }) => applied.length > 0);
    const purposes = rolePurposes(order.configuration, url);
    const name = { fleet: at.fleet.name, environment: environment.name };
    return { ...name, url, catalog, purposes, recorded: own, migrating, running };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const rolesIn = (variables: Readonly<Record<string, string>>, place: string | null): readonly string[] =>
  Object.values(variables).flatMap((value) => (placeOf(value) === place ? [roleIn(value)] : []));

const roleIn = (url: string): string => (URL.canParse(url) ? decodeURIComponent(new URL(url).username) : "");

/** What runs of a service now, with the variables that it has there; null: nothing verified does. */
async function runningOf(order: ProvingOrder, name: string): Promise<Witness | null> {
  const { at, environment, observed, configuration } = order;
  const mark = observed.services[name]?.marks[0];
  const declared = at.fleet.services[name];
  if (mark === undefined || declared === undefined) return null;
  const cx = { signal: at.signal };
  const kept = await at.target(environment).reveal(name, mark.revision.variables, cx);
  const own = configuration.services.get(name);
  const variables = { ...(kept ?? own?.fixed), ...own?.rotates };
  const files = await at
    .artifacts(environment)
    .files({ service: name, source: mark.source, signal: at.signal })
    .catch(() => mark.source);
  return witnessOf(
    { name, artifact: mark.revision.artifact, source: mark.source, spec: mark.spec, variables, files },
    declared.migrations,
  );
}

type Known = Readonly<{ name: string; variables: Readonly<Record<string, string>> }> &
  Pick<Witness, "artifact" | "source" | "spec" | "files">;

async function witnessOf({ name, ...known }: Known, declared: MigrationsSpec | null): Promise<Witness> {
  return {
    ...known,
    service: name,
    given: declared?.variables ?? {},
    checks: declared?.checks ?? [],
    queries: declared?.queries == null ? [] : await statementsIn(join(known.files, declared.queries)),
  };
}

/** An older artifact may not have the file yet: then it declares nothing. */
async function statementsIn(file: string): Promise<readonly string[]> {
  const text = await readTextIfThere(file);
  if (text === null) return [];
  const { script } = await parseScript(file, text);
  return script.statements.map((statement) => statement.text.trim());
}

async function recordedOf(
  order: ProvingOrder,
  of: Readonly<{ name: string; url: string; services: readonly DesiredService[] }>,
): Promise<Recorded> {
  const { at, environment, observed } = order;
  const { name, url, services } = of;
  const state = observed.services[name];
  const dir = at.fleet.services[name]?.migrations?.dir ?? "migrations";
  const sources = [
    ...(state?.marks ?? []).map(({ source }) => source),
    ...services.filter((one) => one.name === name).map(({ source }) => source),
  ];
  const folders = await Promise.all(
    [...new Set(sources)].map((source) =>
      at
        .artifacts(environment)
        .files({ service: name, source, signal: at.signal })
        .then((files) => [join(files, dir)])
        .catch(() => []),
    ),
  );
  const times = await appliedAt(url);
  const applied = (state?.migrations ?? [])
    .map((migration) => ({ ...migration, at: times.get(migration.name) ?? 0 }))
    .sort((a, b) => a.at - b.at);
  // The artifact whose tool ran last: the one that the record is named after.
  const last = (state?.marks ?? []).find(({ revision }) => revision.artifact === `sha256:${applied.at(-1)?.sha256}`);
  const source =
    last === undefined
      ? null
      : await at
          .artifacts(environment)
          .files({ service: name, source: last.source, signal: at.signal })
          .catch(() => null);
  return {
    ...{ service: name, role: roleIn(url), folders: folders.flat(), applied },
    format: at.fleet.services[name]?.migrations?.format ?? null,
    tool: source === null ? null : toolOf(order, { service: name, files: source }),
  };
}

/** When each migration was applied: services of one database may have run theirs in turn. */
async function appliedAt(url: string): Promise<ReadonlyMap<string, number>> {
  const { client } = await connectTo(url, "sampan");
  try {
    const { rows } = await client.query<{ name: string; at: Date }>(
      "select name, applied_at as at from sampan_migrations",
    );
    return new Map(rows.map(({ name, at }) => [name, at.getTime()]));
  } catch {
    return new Map();
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The tool gets what it gets in a release: what a build gets, and the URL. Null: the service has files. */
function toolOf(
  { at, configuration }: ProvingOrder,
  { service, files }: Readonly<{ service: string; files: string }>,
): Tool | null {
  const migrations = at.fleet.services[service]?.migrations ?? null;
  const command = migrations?.command ?? null;
  if (migrations === null || command === null) return null;
  const env = buildEnvironmentAt(at, variableNames(configuration));
  return (url, { signal, log }) =>
    runLogged({
      argv: command.argv,
      cwd: join(files, migrations.dir),
      env: { ...env, [migrations.url]: url },
      ...{ signal, log },
    });
}

async function migratingOf(order: ProvingOrder, service: DesiredService): Promise<Migrating> {
  const { at, environment, configuration } = order;
  const declared = at.fleet.services[service.name]?.migrations ?? null;
  const own = configuration.services.get(service.name);
  const files = await at
    .artifacts(environment)
    .files({ service: service.name, source: service.source, signal: at.signal });
  const { name, source, spec, revision } = service;
  const variables = { ...own?.fixed, ...own?.rotates };
  const next = await witnessOf({ name, artifact: revision.artifact, source, spec, variables, files }, declared);
  return {
    service: name,
    role: roleIn(own?.migrationUrl ?? ""),
    folder: join(files, declared?.dir ?? "migrations"),
    format: declared?.format ?? null,
    files: service.migrations?.up ?? [],
    data: service.migrations?.after ?? [],
    tool: toolOf(order, { service: service.name, files }),
    next,
    nextArtifact: revision.artifact,
    codeFirst: declared?.codeFirst ?? false,
    seed: declared?.seed == null ? null : { argv: declared.seed, cwd: files },
  };
}
