import type { Service } from "../fleet/fleet.ts";
import type { ComposeProject } from "./project.ts";

/** The service of the compose file that a fleet's service is; null: none of that name. */
export function composeNameOf(
  project: ComposeProject,
  { name, compose }: Pick<Service, "name" | "compose">,
): string | null {
  const candidates = compose === null ? [name, `${name}-service`, `${name}_service`] : [compose];
  return candidates.find((one) => Object.hasOwn(project.services, one)) ?? null;
}

/** Compose's name → the fleet's, of all services that both have. */
export function matched(
  project: ComposeProject,
  services: Readonly<Record<string, Pick<Service, "name" | "compose">>>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const service of Object.values(services)) {
    const own = composeNameOf(project, service);
    if (own !== null) found.set(own, service.name);
  }
  return found;
}
