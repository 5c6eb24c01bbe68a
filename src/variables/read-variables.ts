import { posix } from "node:path";
import type { Composed } from "../compose/composed-variables.ts";
import type { Environment, Fleet, Service } from "../fleet/fleet.ts";
import { type Problem, Refused } from "../problem.ts";
import type { AgeIdentities } from "./age.ts";
import { processNames, processPrefix } from "./process-names.ts";
import { readExample } from "./read-example.ts";
import { readVariablesFile } from "./read-variables-file.ts";
import type { ResolveReference } from "./resolve-reference.ts";
import { resolveVariables } from "./resolve-variables.ts";
import { looksSecret } from "./secrecy.ts";
import type { Declared, Left, ServiceVariables, Variable, VariableSource } from "./variable.ts";
import { describeSource } from "./variable.ts";

export type ReadVariables = Readonly<
  | { kind: "variables"; variables: ServiceVariables }
  /** `found`: what could be read all the same. Not enough to run anything, but every secret of it is one. */
  | { kind: "problems"; problems: readonly Problem[]; found: readonly Variable[]; declared: readonly Declared[] }
>;

/**
 * A service's configuration in one environment. Files come in the order of the environment, later wins; then what the process's
 * environment holds under `SAMPAN_<ENVIRONMENT>__…` (see `processNames`). A file of its own (`{service}` in its name) gives a service all
 * it holds; a shared one only the names that the service declares in `.env.example` (all of them when it has none), so that no
 * service is handed another's secrets.
 */
export async function readVariables(
  of: Readonly<{
    fleet: Fleet;
    environment: string;
    service: string;
    processEnv: Readonly<Record<string, string | undefined>>;
    ageIdentities: AgeIdentities;
    /** What a compose file gives the service: the environment's own files win over it. */
    composed?: Composed;
    signal: AbortSignal;
    /** Asks the commands that references name; null or omitted: they are not asked, and such variables have no value. */
    resolve?: ResolveReference | null;
    /** Reads one of the environment's files; as `createVariablesReader` does, which opens a shared one once. */
    readFile?: typeof readVariablesFile;
  }>,
): Promise<ReadVariables> {
  const environment = of.fleet.environments[of.environment] as Environment;
  const service = of.fleet.services[of.service] as Service;
  const example = await readExample({ root: of.fleet.root, service });
  const problems: Problem[] = [...example.problems];
  const declared = new Map(example.declared.map((entry) => [entry.name, entry]));
  const found = new Map<string, Found>();
  const hints: Problem[] = [];
  const left: Left[] = [];
  const composed = await composedFor(of, problems);
  for (const [name, value] of Object.entries(composed?.values ?? {})) {
    found.set(name, { value, encrypted: false, source: { kind: "compose", file: composed?.file ?? "" } });
  }
  const wanted = (name: string) => !example.there || declared.has(name) || name === service.migrations?.url;

  for (const pattern of environment.variables) {
    of.signal.throwIfAborted();
    const own = pattern.includes("{service}");
    const file = posix.normalize(pattern.replaceAll("{service}", service.name));
    const read = await (of.readFile ?? readVariablesFile)({
      root: of.fleet.root,
      file,
      missing: own ? "fine" : "problem",
      identities: of.ageIdentities,
    });
    problems.push(...read.problems);
    for (const entry of read.entries) {
      if (!own && !wanted(entry.name)) {
        left.push({ name: entry.name, file, line: entry.line });
        continue;
      }
      const source: VariableSource = { kind: "file", file, line: entry.line };
      found.set(entry.name, { value: entry.value, encrypted: read.encrypted, source });
    }
  }
  for (const name of new Set([...declared.keys(), ...(service.migrations === null ? [] : [service.migrations.url])])) {
    const given = processNames({ environment: environment.name, service: service.name, name }).find(
      (candidate) => of.processEnv[candidate] !== undefined,
    );
    // An empty one wins too: CI gives '' for a secret that is missing, and the check should say so.
    const value = given === undefined ? undefined : of.processEnv[given];
    if (given === undefined || value === undefined) continue;
    found.set(name, {
      value,
      encrypted: found.get(name)?.encrypted ?? false,
      source: { kind: "process", name: given },
    });
  }
  hints.push(
    ...undeclared({ found, wanted, service }),
    ...unknownInProcess({ ...of, fleetEnvironment: environment, declared, service }),
  );
  const written = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => ({
      variable: toVariable(name, entry, declared.get(name)),
      hidden: entry.encrypted || entry.source.kind === "process",
    }));
  const resolved = await resolveVariables(written, of.fleet.references, of.resolve ?? null);
  problems.push(...resolved.problems);
  const { variables } = resolved;
  if (problems.length > 0) return { kind: "problems", problems, found: variables, declared: example.declared };
  return {
    kind: "variables",
    variables: {
      ...{ environment: environment.name, service: service.name, variables },
      ...{ declared: example.declared, left, hints },
    },
  };
}

type Found = Readonly<{ value: string; encrypted: boolean; source: VariableSource }>;

const toVariable = (name: string, found: Found, declared: Declared | undefined): Variable => ({
  name,
  value: found.value,
  secret: found.encrypted || declared?.secret === true || looksSecret(name, found.value),
  rotates: declared?.rotates ?? false,
  optional: declared?.optional ?? false,
  source: found.source,
  reference: null,
});

function undeclared(
  of: Readonly<{ found: ReadonlyMap<string, Found>; wanted: (name: string) => boolean; service: Service }>,
): readonly Problem[] {
  return [...of.found]
    .filter(([name, { source }]) => source.kind !== "compose" && !of.wanted(name))
    .map(([name, { source }]) => ({
      code: "undeclared-variable",
      file: source.kind === "file" ? source.file : null,
      line: source.kind === "file" ? source.line : null,
      column: null,
      message: `${name} is set for ${of.service.name} at ${describeSource(source)} but is not in its .env.example`,
      hint: `Add it to ${of.service.path}/.env.example, or remove it`,
    }));
}

/** A misspelt CI secret would otherwise be ignored without a word. */
function unknownInProcess(
  of: Readonly<{
    processEnv: Readonly<Record<string, string | undefined>>;
    fleetEnvironment: Environment;
    declared: ReadonlyMap<string, Declared>;
    service: Service;
  }>,
): readonly Problem[] {
  const own = `${processPrefix(of.fleetEnvironment.name)}${processPrefix(of.service.name).slice("SAMPAN_".length)}`;
  return Object.keys(of.processEnv)
    .filter((name) => name.startsWith(own) && !of.declared.has(name.slice(own.length)))
    .filter((name) => name.slice(own.length) !== of.service.migrations?.url)
    .map((name) => ({
      code: "undeclared-variable",
      file: null,
      line: null,
      column: null,
      message: `${name} is set in the process's environment, but ${of.service.name} declares no such variable`,
      hint: `Add ${name.slice(own.length)} to ${of.service.path}/.env.example, or unset it`,
    }));
}

/** A compose file that cannot be read here is a problem of its environment, and not of those who ask for another's secrets. */
async function composedFor(
  of: Readonly<{ composed?: Composed; environment: string; service: string }>,
  problems: Problem[],
): ReturnType<Composed> {
  try {
    return (await of.composed?.(of.environment, of.service)) ?? null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    problems.push(...error.problems);
    return null;
  }
}
