import { cyclePath, type Edges } from "../graph.ts";
import type { FolderFacts } from "./facts.ts";

export type GuessedNeeds = Readonly<{
  needs: Edges;
  /** Needs that would have closed a cycle, and were left out. */
  dropped: readonly Readonly<{ from: string; to: string }>[];
}>;

/** Who needs whom: packages of the workspace that are services themselves, and variables named after a service, as USER_AUTH_URL. */
export function guessNeeds(services: ReadonlyMap<string, FolderFacts>): GuessedNeeds {
  const byPackage = new Map([...services].map(([name, { folder }]) => [folder.package?.name ?? "", name]));
  const byVariable = new Map([...services.keys()].map((name) => [name.toUpperCase().replaceAll("-", "_"), name]));
  const needs = new Map<string, string[]>([...services.keys()].map((name) => [name, []]));
  const dropped: { from: string; to: string }[] = [];
  for (const [name, { folder }] of services) {
    const guessed = new Set([
      ...(folder.package?.dependencies ?? []).map((dependency) => byPackage.get(dependency)),
      ...(folder.variables ?? []).map((variable) => byVariable.get(addressee(variable))),
    ]);
    for (const need of [...guessed].filter((one) => one !== undefined && one !== name).sort()) {
      if (need === undefined) continue;
      needs.get(name)?.push(need);
      if (cyclePath([...services.keys()], needs) === null) continue;
      needs.get(name)?.pop();
      dropped.push({ from: name, to: need });
    }
  }
  return { needs, dropped };
}

/** `USER_AUTH_SERVICE_URL` → `USER_AUTH`. */
const addressee = (variable: string): string =>
  variable
    .replace(/_(?:BASE_|API_|INTERNAL_)?(?:URL|URI|HOST|ADDR|ADDRESS|ENDPOINT|ORIGIN|BASE)$/, "")
    .replace(/_(?:SERVICE|SVC|API)$/, "");
