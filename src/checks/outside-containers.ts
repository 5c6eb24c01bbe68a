import type { ComposeProject } from "../compose/project.ts";
import { list, table } from "../compose/values.ts";
import type { Place } from "../variables/place.ts";

/**
 * What a place that a container names is outside of it: services of its compose file are hosts of that project alone, its own address is its own,
 * and a folder is the volume or the folder of the machine that is mounted there. So `postgres:5432` of two projects are two servers.
 */
export function placeOutside(place: Place, project: ComposeProject, service: string): Place {
  return place.engine === "file" ? folderOutside(place, project, service) : hostsOutside(place, project, service);
}

function hostsOutside(place: Place, project: ComposeProject, service: string): Place {
  const gateways = gatewaysOf(project, service);
  const outside = place.hosts.map((address) => {
    const at = address.lastIndexOf(":");
    const [name, port] = [address.slice(0, at), address.slice(at)];
    if (gateways.has(name)) return { address: `localhost${port}`, local: true };
    if (name === "localhost") return { address: `${service}.${project.name}.container${port}`, local: false };
    if (Object.hasOwn(project.services, name))
      return { address: `${name}.${project.name}.container${port}`, local: false };
    return { address, local: false };
  });
  return {
    ...place,
    hosts: outside.map(({ address }) => address).sort(),
    local: outside.length > 0 && outside.every(({ local }) => local),
  };
}

/** Names that mean the machine itself. */
function gatewaysOf(project: ComposeProject, service: string): ReadonlySet<string> {
  const entries = list(table(project.services[service]).extra_hosts).map(String);
  return new Set(entries.flatMap((entry) => /^(.+?)[=:]host-gateway$/.exec(entry)?.[1] ?? []));
}

function folderOutside(place: Place, project: ComposeProject, service: string): Place {
  const mounts = list(table(project.services[service]).volumes)
    .map(table)
    .filter(
      ({ target }) => typeof target === "string" && (place.path === target || place.path.startsWith(`${target}/`)),
    )
    .sort((a, b) => String(b.target).length - String(a.target).length);
  const [mount] = mounts;
  const rest = mount === undefined ? place.path : place.path.slice(String(mount.target).length);
  const source = typeof mount?.source === "string" ? mount.source : null;
  if (mount?.type === "bind" && source !== null) return { ...place, path: `${source}${rest}` };
  if (mount?.type === "volume" && source !== null) {
    return {
      ...place,
      engine: "volume",
      path: `${project.volumes[source]?.name ?? `${project.name}_${source}`}${rest}`,
    };
  }
  // Nobody outside ever sees it.
  return { ...place, engine: "container", path: `${project.name}/${service}${place.path}` };
}
