import { placeOf } from "../migrations/prove/isolate.ts";
import type { Configuration } from "./configuration.ts";

/** What each role of a database is for, by the variables that name it: `points.DATABASE_URL`. A role that no variable names has no purpose here. */
export function rolePurposes({ services }: Configuration, url: string): ReadonlyMap<string, string> {
  const place = placeOf(url);
  const uses = new Map<string, string[]>();
  for (const [service, { all }] of services) {
    for (const { name, value } of all.variables) {
      if (placeOf(value) !== place || !URL.canParse(value)) continue;
      const role = decodeURIComponent(new URL(value).username);
      if (role !== "") uses.set(role, [...(uses.get(role) ?? []), `${service}.${name}`]);
    }
  }
  // In brackets, so that no role is really called so.
  return new Map([...uses].map(([role, names]) => [role, `<${names.sort().join(" ")}>`]));
}
