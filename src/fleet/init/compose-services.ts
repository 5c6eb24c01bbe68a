import { asDatabase } from "./as-database.ts";
import { type ComposeFact, type ComposeFacts, isElsewhere } from "./compose-facts.ts";
import type { FolderFacts } from "./facts.ts";
import { asName } from "./name-services.ts";

/** A service of the compose file that the repository builds. */
export type ComposedService = Readonly<{
  fact: ComposeFact;
  folder: FolderFacts;
  /** Another service has the same image, and this one names no port: it does something else than to listen. */
  worker: boolean;
  asks: readonly string[];
}>;

export type ComposedFleet = Readonly<{
  services: ReadonlyMap<string, ComposedService>;
  needs: ReadonlyMap<string, readonly string[]>;
  /** Those that are not the repository's: started when missing. */
  around: readonly string[];
  /** Profiles that have to be switched on for the services. */
  profiles: readonly string[];
  /** Why others are not proposed. */
  left: readonly string[];
}>;

type Folders = ReadonlyMap<string, FolderFacts>;

/** What of a compose file is the fleet: what the repository builds. Databases and other people's images stand around it. */
export function composedFleet(compose: ComposeFacts, folders: Folders): ComposedFleet {
  const services = new Map<string, ComposedService>();
  const names = new Map<string, string>();
  const around: string[] = [];
  const left: string[] = [];
  const all = compose.services.map((fact) => asBuilt(fact, compose, folders));
  const profiles = chosenProfiles(all.map(({ fact }) => fact));
  for (const { fact, asks } of all) {
    const { name, build } = fact;
    if (build === null) {
      if (fact.profiles.length === 0 || fact.profiles.some((one) => profiles.includes(one))) around.push(name);
      continue;
    }
    const why = notOurs({ fact, profiles, folders, file: compose.file });
    if (why !== null) {
      left.push(why);
      continue;
    }
    const folder = folderFor(fact, folders);
    if (folder === undefined) continue;
    const own = asName(name);
    if (services.has(own)) {
      left.push(`${name} of ${compose.file} would be called ${own}, as another one is`);
      continue;
    }
    const worker =
      fact.ports.length === 0 && all.some((other) => other.fact.ports.length > 0 && sameBuild(other.fact, fact));
    services.set(own, { fact, folder, worker, asks });
    names.set(name, own);
  }
  const needs = new Map([...services].map(([own, { fact }]) => [own, through(fact, compose, names)]));
  return { services, needs, around, profiles, left };
}

/** Null: it is one of the fleet. */
function notOurs(
  of: Readonly<{ fact: ComposeFact; profiles: readonly string[]; folders: Folders; file: string }>,
): string | null {
  const { fact, profiles, folders, file } = of;
  const { name, build } = fact;
  if (fact.profiles.length > 0 && !fact.profiles.some((one) => profiles.includes(one)))
    return `${name} of ${file} runs under the profile ${fact.profiles.join(", ")} only, and was left out`;
  if (fact.job)
    return `${name} of ${file} is a job: others wait until it has ended. Let a service run it as migrations: { command: […] }, with each release`;
  const database = asDatabase(fact);
  if (database !== null)
    return `${name} of ${file} is taken for a database (${database}): Compose starts it when it is missing`;
  if (build !== null && isElsewhere(build))
    return `${name} of ${file} is built from ${build}, not from this repository: Compose starts it when it is missing`;
  if (folderFor(fact, folders) === undefined)
    return `${name} of ${file} is built from ${build}, and there is no such folder here`;
  return null;
}

const folderFor = (fact: ComposeFact, folders: Folders): FolderFacts | undefined =>
  folders.get(folderOf(fact)) ?? folders.get(fact.build ?? ".");

/** A service without a build may run what is built here all the same: by the image's name, or by its own. */
function asBuilt(
  fact: ComposeFact,
  { services }: ComposeFacts,
  folders: Folders,
): Readonly<{ fact: ComposeFact; asks: readonly string[] }> {
  if (fact.build !== null || fact.image === null) return { fact, asks: [] };
  const maker = services.find(({ build, image }) => build !== null && image === fact.image);
  if (maker !== undefined) {
    const { build, dockerfile, stage, args, platform, further } = maker;
    return { fact: { ...fact, build, dockerfile, stage, args, platform, further }, asks: [] };
  }
  const named = [...folders.values()].find(
    ({ folder }) => folder.dockerfile && folder.path !== "." && isCalled(fact.name, folder.path),
  );
  // An image without an owner is one of Docker's own, whatever else lies in a folder of its name.
  if (named === undefined || !fact.image.includes("/") || asDatabase(fact) !== null) return { fact, asks: [] };
  const ask = `is its image, ${fact.image}, built from ${named.folder.path}? The compose file does not say`;
  return { fact: { ...fact, build: named.folder.path }, asks: [ask] };
}

function isCalled(name: string, path: string): boolean {
  const plain = (text: string) => asName(text).replace(/-service$/, "");
  return plain(name) === plain(path.split("/").at(-1) ?? "");
}

const sameBuild = (a: ComposeFact, b: ComposeFact): boolean =>
  a !== b && a.build === b.build && a.dockerfile === b.dockerfile && a.stage === b.stage;

/** Where nothing is built without a profile, those that most of what is built runs under. */
function chosenProfiles(facts: readonly ComposeFact[]): readonly string[] {
  const built = facts.filter(({ build }) => build !== null);
  if (built.length === 0 || built.some(({ profiles }) => profiles.length === 0)) return [];
  const count = (profile: string) => built.filter(({ profiles }) => profiles.includes(profile)).length;
  const [most] = [...new Set(built.flatMap(({ profiles }) => profiles))].toSorted((a, b) => count(b) - count(a));
  return most === undefined ? [] : [most];
}

/** A Dockerfile in a folder of its own says where the service lives, whatever its build may copy from. */
function folderOf({ build, dockerfile }: ComposeFact): string {
  const at = dockerfile?.split("/").slice(0, -1).join("/") ?? "";
  if (at === "" || build === null) return build ?? ".";
  return build === "." ? at : `${build}/${at}`;
}

/** Also through what is no service of the fleet. */
function through(fact: ComposeFact, { services }: ComposeFacts, names: ReadonlyMap<string, string>): readonly string[] {
  const byName = new Map(services.map((one) => [one.name, one]));
  const found = new Set<string>();
  const seen = new Set([fact.name]);
  const queue = [...fact.needs];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const own = names.get(next);
    if (own === undefined) queue.push(...(byName.get(next)?.needs ?? []));
    else found.add(own);
  }
  return [...found].sort();
}
