import type { Service } from "../fleet/fleet.ts";
import type { ComposeService } from "./project.ts";
import type { Told } from "./told.ts";
import { list, table } from "./values.ts";

export type Ports = Readonly<{
  /** Published at whatever port the engine finds: any number of containers can have that. */
  bindings: Told;
  single: readonly (readonly [why: string, fix: string])[];
  notes: readonly string[];
}>;

/**
 * What the compose file publishes. A fixed port of the host's can be one container's only: the service's own is the router's business where
 * Sampan routes it, and is left out; any other ties the service to one container.
 */
export function portsOf(service: ComposeService, fleet: Pick<Service, "port" | "routes">): Ports {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  const single: (readonly [string, string])[] = [];
  const notes: string[] = [];
  for (const one of list(service.ports)) {
    const { target, published, protocol = "tcp", host_ip: host = "" } = table(one);
    const name = `${String(target)}/${String(protocol)}`;
    const shown = `${host === "" ? "" : `${String(host)}:`}${String(published)}:${String(target)}`;
    const bind = () => {
      bindings[name] = [...(bindings[name] ?? []), { HostIp: String(host), HostPort: String(published ?? "") }];
    };
    const own = protocol === "tcp" && Number(target) === fleet.port;
    if (own && fleet.routes.length > 0) {
      if (published !== undefined) notes.push(`its port ${shown} is not published: the router has its traffic`);
    } else if (published === undefined || String(published).includes("-")) bind();
    else {
      bind();
      const fix = own
        ? "give it routes: the router then has its traffic"
        : "publish it without a fixed port, or not at all";
      single.push([`it publishes the port ${shown}, which one container can have`, fix]);
    }
  }
  return { bindings, single, notes };
}
