import { stringify } from "yaml";
import type { ComposeProject } from "./project.ts";

export type OverriddenService = Readonly<{
  /** Its name in the compose file. */
  service: string;
  image: string;
  replicas: number;
  /** Name → value, secrets masked. */
  variables: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
}>;

/**
 * What Sampan puts over the compose file: image by digest, variables, number and labels of its services. For people: containers are made
 * by the engine from the same facts, so that each has a name, a fence and a port of its own.
 */
export function composeOverride(project: Pick<ComposeProject, "name">, services: readonly OverriddenService[]): string {
  return stringify({
    name: project.name,
    services: Object.fromEntries(
      services.map(({ service, image, replicas, variables, labels }) => [
        service,
        {
          image,
          environment: dollars(variables),
          labels: dollars(labels),
          deploy: { replicas },
          restart: "unless-stopped",
        },
      ]),
    ),
  });
}

/** Compose reads a dollar as the beginning of a variable. */
const dollars = (values: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll("$", "$$$$")]));
