import type { Service } from "../../src/fleet/fleet.ts";

/** Milliseconds of the longest way through the services' needs, each taking what `own` says. */
export function criticalPath(services: readonly Service[], own: (service: Service) => number): number {
  const byName = new Map(services.map((service) => [service.name, service]));
  const ends = new Map<string, number>();
  const end = (service: Service): number => {
    const known = ends.get(service.name);
    if (known !== undefined) return known;
    const before = service.needs.flatMap((name) => byName.get(name) ?? []).map(end);
    const whole = Math.max(0, ...before) + own(service);
    ends.set(service.name, whole);
    return whole;
  };
  return Math.max(0, ...services.map(end));
}
