import type { ContainerSpec } from "../fleet/container.ts";
import { type Problem, problem } from "../problem.ts";
import type { Outside } from "../targets/target.ts";
import type { ComposeProject } from "./project.ts";
import { mountsOf } from "./translate-mounts.ts";
import { networksOf } from "./translate-networks.ts";
import { list, table } from "./values.ts";

/** What a service of the compose file cannot be made without: somebody else's networks and volumes, and what is mounted and not made. Pure. */
export function neededOutside(project: ComposeProject, own: string): readonly Outside[] {
  const service = project.services[own] ?? {};
  const { hostConfig, volumes } = mountsOf(project, service);
  const made = [...networksOf(project, service, []).prerequisites, ...volumes];
  return [...externals(made), ...mounted(hostConfig)];
}

const externals = (made: ContainerSpec["prerequisites"]): readonly Outside[] =>
  made.flatMap(({ kind, name, create }) => (create === null ? [{ kind, name }] : []));

/** Secrets, configs, and binds of the long form; the short one makes its folder. */
const mounted = ({ Mounts }: ContainerSpec["hostConfig"]): readonly Outside[] =>
  list(Mounts).flatMap((mount): readonly Outside[] => {
    const { Type, Source } = table(mount);
    return Type === "bind" ? [{ kind: "file", name: String(Source) }] : [];
  });

export function outsideMissing(own: string, { kind, name }: Outside): Problem {
  return kind === "file"
    ? problem(
        "file-missing",
        `services.${own}: ${name} is to be mounted into it, and is not there`,
        "put it there, or take it out of the compose file",
      )
    : problem(
        `${kind}-missing`,
        `services.${own}: the ${kind} ${name} is not there, and the compose file says that it is somebody else's`,
        `make it: docker ${kind} create ${name}`,
      );
}
