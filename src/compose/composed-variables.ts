import type { Fleet } from "../fleet/fleet.ts";
import type { ComposeReader } from "./compose-reader.ts";
import { composeNameOf } from "./names.ts";
import { environmentOf } from "./project.ts";

/** What the compose file gives a service, in `environment` and `env_file`; under what Sampan's own files give it. */
export type Composed = (
  environment: string,
  service: string,
) => Promise<Readonly<{ file: string; values: Readonly<Record<string, string>> }> | null>;

export function composedVariables(fleet: Fleet, read: ComposeReader): Composed {
  return async (name, service) => {
    const environment = fleet.environments[name];
    const declared = fleet.services[service];
    if (environment === undefined || declared === undefined || environment.target.kind !== "compose") return null;
    const project = await read(environment);
    const own = project === null ? null : composeNameOf(project, declared);
    if (project === null || own === null) return null;
    const file = environment.target.files[0] ?? "compose.yaml";
    return { file, values: environmentOf(project.services[own] ?? {}) };
  };
}
