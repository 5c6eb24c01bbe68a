import type { ContainerNetwork, Prerequisite } from "../fleet/container.ts";
import type { ComposeProject, ComposeService } from "./project.ts";
import { same, several, type Told, told } from "./told.ts";
import { list, table, texts } from "./values.ts";

export type Networks = Readonly<{
  /** The mode where it is not the networks'; null: they are joined. */
  mode: string | null;
  networks: readonly ContainerNetwork[];
  prerequisites: readonly Prerequisite[];
  /** Networks in which it wants an address of its own: only one container can have it. */
  fixed: readonly string[];
}>;

/** The networks that it joins, in the order of their priority, under Compose's name of the service and further ones. */
export function networksOf(project: ComposeProject, service: ComposeService, names: readonly string[]): Networks {
  const mode = service.network_mode;
  if (typeof mode === "string" && mode !== "") return { mode, networks: [], prerequisites: [], fixed: [] };
  const joined = Object.entries(table(service.networks)).sort(
    ([a, first], [b, second]) => priority(second) - priority(first) || (a < b ? -1 : 1),
  );
  const fixed: string[] = [];
  const networks = joined.map(([key, given]): ContainerNetwork => {
    const { aliases, ipv4_address, ipv6_address, link_local_ips, mac_address, driver_opts } = table(given);
    if (ipv4_address !== undefined || ipv6_address !== undefined || mac_address !== undefined) fixed.push(key);
    const addresses = told({
      IPv4Address: same(ipv4_address),
      IPv6Address: same(ipv6_address),
      LinkLocalIPs: several(link_local_ips),
    });
    return {
      network: nameOf(project, key),
      aliases: [...new Set([...names, ...texts(aliases)])],
      endpoint: told({
        IPAMConfig: Object.keys(addresses).length === 0 ? undefined : addresses,
        MacAddress: same(mac_address),
        DriverOpts: same(driver_opts),
      }),
    };
  });
  return { mode: null, networks, prerequisites: joined.map(([key]) => networkOf(project, key)), fixed };
}

const priority = (given: unknown): number => Number(table(given).priority ?? 0);

const nameOf = (project: ComposeProject, key: string): string =>
  project.networks[key]?.name ?? `${project.name}_${key}`;

function networkOf(project: ComposeProject, key: string): Prerequisite {
  const of = table(project.networks[key]);
  const name = nameOf(project, key);
  if (of.external === true) return { kind: "network", name, create: null };
  const ipam = table(of.ipam);
  const pools = list(ipam.config).map((one): Told => {
    const { subnet, gateway, ip_range, aux_addresses } = table(one);
    return told({
      Subnet: same(subnet),
      Gateway: same(gateway),
      IPRange: same(ip_range),
      AuxiliaryAddresses: same(aux_addresses),
    });
  });
  return {
    kind: "network",
    name,
    create: told({
      Driver: same(of.driver) ?? "bridge",
      Options: same(of.driver_opts),
      Internal: same(of.internal),
      Attachable: same(of.attachable),
      EnableIPv6: same(of.enable_ipv6),
      IPAM:
        pools.length === 0 && ipam.driver === undefined
          ? undefined
          : told({ Driver: same(ipam.driver) ?? "default", Config: pools, Options: same(ipam.options) }),
      Labels: {
        ...(table(of.labels) as Told),
        "com.docker.compose.project": project.name,
        "com.docker.compose.network": key,
      },
    }),
  };
}
