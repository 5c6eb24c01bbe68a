import { problem, Refused } from "../problem.ts";
import type { ArtifactsAt } from "./artifact-kind.ts";
import type { Buildable } from "./source/source.ts";

export function chosenServices(at: Pick<ArtifactsAt, "fleet" | "services">): readonly Buildable[] {
  const names = at.services ?? Object.keys(at.fleet.services);
  return names.map((name) => {
    const service = Object.hasOwn(at.fleet.services, name) ? at.fleet.services[name] : undefined;
    if (service === undefined)
      throw new Refused([problem("unknown-service", `There is no service ${JSON.stringify(name)}`)]);
    return service;
  });
}
