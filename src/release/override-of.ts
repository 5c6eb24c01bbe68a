import { composeOverride } from "../compose/override.ts";
import type { Environment } from "../fleet/fleet.ts";
import { shortRevision } from "../plan/observed.ts";
import { problem, Refused } from "../problem.ts";
import type { Prepared } from "./prepare.ts";
import type { Workplace } from "./workplace.ts";

/** The override of the compose file for the services that change, secrets masked. Throws Refused where there is no compose file. */
export async function overrideOf(
  of: Readonly<{ at: Workplace; environment: Environment; prepared: Pick<Prepared, "plan" | "configuration"> }>,
): Promise<string> {
  const { at, environment, prepared } = of;
  const project = await at.compose(environment);
  if (project === null) {
    const hint = "it is put over the compose file of environments with target: { kind: compose }";
    throw new Refused([problem("no-override", `${environment.name} runs processes: there is no override`, hint)]);
  }
  const services = prepared.plan.steps.flatMap(({ action, service }) => {
    if (action.kind !== "mark" || action.spec.container === null) return [];
    const variables = prepared.configuration.services.get(service)?.all.variables ?? [];
    const shown = variables.map(({ name, value, secret }) => [name, secret ? "***" : value]);
    return [
      {
        service: action.spec.container.service,
        image: action.source,
        replicas: action.spec.replicas,
        variables: Object.fromEntries(shown),
        labels: {
          "sampan.fleet": at.fleet.name,
          "sampan.environment": environment.name,
          "sampan.service": service,
          "sampan.revision": shortRevision(action.revision),
          "sampan.artifact": action.revision.artifact,
        },
      },
    ];
  });
  return composeOverride(project, services);
}
