import type { ComposeFact, ComposeFacts } from "./compose-facts.ts";
import type { FolderFacts } from "./facts.ts";
import { asName } from "./name-services.ts";

/** A service of the compose file that the repository builds. */
export type ComposedService = Readonly<{ fact: ComposeFact; folder: FolderFacts }>;

export type ComposedFleet = Readonly<{
  services: ReadonlyMap<string, ComposedService>;
  needs: ReadonlyMap<string, readonly string[]>;
  /** Those that are not the repository's: started when missing. */
  around: readonly string[];
  /** Why others are not proposed. */
  left: readonly string[];
}>;

/** What of a compose file is the fleet: what the repository builds. Databases and other people's images stand around it. */
export function composedFleet(compose: ComposeFacts, folders: ReadonlyMap<string, FolderFacts>): ComposedFleet {
  const services = new Map<string, ComposedService>();
  const names = new Map<string, string>();
  const around: string[] = [];
  const left: string[] = [];
  for (const fact of compose.services) {
    const { name, build } = fact;
    if (build === null) {
      around.push(name);
      continue;
    }
    if (fact.profiles.length > 0) {
      left.push(`${name} of ${compose.file} runs under the profile ${fact.profiles.join(", ")} only, and was left out`);
      continue;
    }
    const folder = folders.get(folderOf(fact)) ?? folders.get(build);
    if (folder === undefined) {
      left.push(`${name} of ${compose.file} is built from ${build}, and there is no such folder here`);
      continue;
    }
    const own = asName(name);
    if (services.has(own)) {
      left.push(`${name} of ${compose.file} would be called ${own}, as another one is`);
      continue;
    }
    services.set(own, { fact, folder });
    names.set(name, own);
  }
  const needs = new Map([...services].map(([own, { fact }]) => [own, through(fact, compose, names)]));
  return { services, needs, around, left };
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
