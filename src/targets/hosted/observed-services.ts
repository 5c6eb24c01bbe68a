import type { ObservedInstance, ObservedRoute, ObservedService, VerifiedMark } from "../../plan/observed.ts";

/** What an agent saw, by service: all that have an instance, a route or a mark, in the order of their names. */
export function observedServices(
  seen: Readonly<{
    instances: readonly ObservedInstance[];
    routes: readonly ObservedRoute[];
    marks: readonly VerifiedMark[];
  }>,
): Readonly<Record<string, ObservedService>> {
  const names = new Set([...seen.instances, ...seen.routes, ...seen.marks].map(({ service }) => service));
  const of = <T extends { service: string }>(name: string, items: readonly T[]) =>
    items.filter(({ service }) => service === name);
  return Object.fromEntries(
    [...names].sort().map((name) => [
      name,
      {
        instances: of(name, seen.instances),
        route: of(name, seen.routes)[0] ?? null,
        marks: of(name, seen.marks),
        migrations: [],
      },
    ]),
  );
}
