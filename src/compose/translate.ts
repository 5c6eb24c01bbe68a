import type { ContainerSpec } from "../fleet/container.ts";
import type { Service } from "../fleet/fleet.ts";
import { portsOf } from "./ports.ts";
import type { ComposeProject, ComposeService } from "./project.ts";
import { tiesOf } from "./ties.ts";
import { number, same, several, type Told, told } from "./told.ts";
import { configOf } from "./translate-config.ts";
import { mountsOf } from "./translate-mounts.ts";
import { networksOf } from "./translate-networks.ts";
import { resourcesOf } from "./translate-resources.ts";
import { composeDuration, list, table } from "./values.ts";

/** A service of the compose file for the engine, and what a person must know of it. */
export type Translated = Readonly<{
  container: ContainerSpec;
  /** Keys that Sampan cannot carry out, with the reason. */
  refused: readonly (readonly [key: string, why: string])[];
  /** Why there can be only one of it at a time: it cannot be replaced without a gap. Reason and way out. */
  single: readonly (readonly [why: string, fix: string])[];
  /** How many the compose file wants; null: it does not say. */
  replicas: number | null;
  /** Why nobody can read its logs. Null: they can be read. */
  unread: string | null;
  /** What is done otherwise than the compose file says. */
  notes: readonly string[];
}>;

/** Pure: one service of a resolved project, in the engine's words. */
export function translate(
  project: ComposeProject,
  name: string,
  fleet: Pick<Service, "name" | "port" | "routes">,
): Translated {
  const service = project.services[name] ?? {};
  const containerName = typeof service.container_name === "string" ? [service.container_name] : [];
  const mounts = mountsOf(project, service);
  const networks = networksOf(project, service, [name, ...containerName]);
  const ports = portsOf(service, fleet);
  const container: ContainerSpec = {
    project: project.name,
    service: name,
    profiled: list(service.profiles).length > 0,
    config: configOf(service),
    hostConfig: {
      ...hostConfigOf(service),
      ...resourcesOf(service),
      ...mounts.hostConfig,
      ...(Object.keys(ports.bindings).length === 0 ? {} : { PortBindings: ports.bindings }),
      ...(networks.mode === null ? {} : { NetworkMode: networks.mode }),
    },
    stopTimeout: composeDuration(service.stop_grace_period),
    networks: networks.networks,
    prerequisites: [...networks.prerequisites, ...mounts.volumes],
    files: mounts.files,
  };
  return {
    container,
    refused: [
      ...mounts.refused,
      ...unknown(service),
      ...tiesOf(service).map(({ key, why }): readonly [string, string] => [key, why]),
    ],
    single: [...singles({ project, service, fixed: networks.fixed, writes: mounts.writes }), ...ports.single],
    replicas: number(table(service.deploy).replicas ?? service.scale) ?? null,
    unread: unreadLogs(service),
    notes: [...ports.notes, ...notesOf(mounts.writes), ...restarted(service)],
  };
}

function hostConfigOf(service: ComposeService): Told {
  const logging = table(service.logging);
  return told({
    CapAdd: several(service.cap_add),
    CapDrop: several(service.cap_drop),
    Init: same(service.init),
    IpcMode: same(service.ipc),
    CgroupnsMode: same(service.cgroup),
    ReadonlyRootfs: same(service.read_only),
    ShmSize: service.shm_size === undefined ? undefined : Number(service.shm_size),
    Sysctls: same(service.sysctls),
    Dns: several(service.dns),
    DnsSearch: several(service.dns_search),
    DnsOptions: several(service.dns_opt),
    // Printed as name=address by newer versions of Compose; the engine wants a colon.
    ExtraHosts: several(service.extra_hosts)?.map((host) => host.replace("=", ":")),
    SecurityOpt: several(service.security_opt)?.filter(
      (one) => one !== "systempaths:unconfined" && one !== "systempaths=unconfined",
    ),
    StorageOpt: same(service.storage_opt),
    UsernsMode: same(service.userns_mode),
    UTSMode: same(service.uts),
    Privileged: same(service.privileged),
    PidMode: same(service.pid),
    Isolation: same(service.isolation),
    Runtime: same(service.runtime),
    VolumeDriver: same(service.volume_driver),
    Annotations: same(service.annotations),
    GroupAdd: several(service.group_add),
    OomScoreAdj: number(service.oom_score_adj),
    LogConfig:
      service.logging === undefined ? undefined : told({ Type: same(logging.driver), Config: same(logging.options) }),
    ...(several(service.security_opt)?.some((one) => /^systempaths[:=]unconfined$/.test(one)) === true
      ? { MaskedPaths: [], ReadonlyPaths: [] }
      : {}),
  });
}

/** Everything that is read somewhere here, that Sampan sets itself, or that means nothing once a container is to be made. */
const KNOWN = new Set(
  (
    "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent " +
    "cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset depends_on deploy develop device_cgroup_rules devices dns " +
    "dns_opt dns_search domainname entrypoint env_file environment expose extends extra_hosts gpus group_add healthcheck hostname image " +
    "init ipc isolation labels label_file links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode " +
    "networks oom_kill_disable oom_score_adj pid pids_limit platform ports privileged profiles pull_policy read_only restart runtime " +
    "scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode " +
    "uts volume_driver volumes volumes_from working_dir"
  ).split(" "),
);

function unknown(service: ComposeService): readonly (readonly [string, string])[] {
  return Object.keys(service)
    .filter((key) => !KNOWN.has(key) && !key.startsWith("x-"))
    .map((key) => [key, "Sampan does not know this key and would leave it out"]);
}

type Tied = Readonly<{
  project: ComposeProject;
  service: ComposeService;
  fixed: readonly string[];
  writes: readonly string[];
}>;

const DATABASE =
  /(?:^|\/)(?:postgres|postgis|timescaledb|mysql|mariadb|percona|mongo|redis|valkey|elasticsearch|opensearch|clickhouse-server|cassandra|couchdb|influxdb|rabbitmq|kafka|zookeeper|etcd|minio|memcached|mssql)(?:[:@-]|$)/;

function singles({ project, service, fixed, writes }: Tied): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const say = (why: string, fix: string) => void found.push([why, fix]);
  if (typeof service.container_name === "string")
    say(`container_name: ${service.container_name} can be one container's only`, "take container_name out");
  if (service.network_mode === "host")
    say("network_mode: host lets one container have the port", "use the project's networks");
  for (const network of fixed) say(`it has a fixed address in the network ${network}`, "take the address out");
  if (typeof service.mac_address === "string") say("it has a fixed mac_address", "take mac_address out");
  if (table(service["x-sampan"]).single === true)
    say("x-sampan says that there may be only one", "take single: true out of its x-sampan");
  for (const volume of writes) {
    if (table(table(project.volumes[volume])["x-sampan"]).single === true)
      say(`the volume ${volume} may have one holder only, as its x-sampan says`, "share what it keeps in another way");
  }
  if (typeof service.image === "string" && DATABASE.test(service.image))
    say(
      `${service.image} is a database`,
      "leave it out of the fleet: Sampan starts it when it is missing and leaves it alone otherwise",
    );
  return found;
}

/** Of other drivers the engine keeps a copy that can be read, unless that is switched off. */
function unreadLogs(service: ComposeService): string | null {
  const { driver = "", options } = table(service.logging);
  if (driver === "none") return "logging.driver: none keeps no logs";
  const off = String(table(options)["cache-disabled"]) === "true";
  return off && !READABLE.has(String(driver)) ? `logging.driver: ${driver} cannot be read back (cache-disabled)` : null;
}

const READABLE: ReadonlySet<string> = new Set(["", "json-file", "local", "journald"]);

const notesOf = (writes: readonly string[]): readonly string[] =>
  writes.length === 0 ? [] : [`old and new write into ${writes.join(", ")} side by side for a moment`];

/** The engine starts it again, as Sampan has it. */
const restarted = ({ restart }: ComposeService): readonly string[] =>
  /^(?:no|on-failure)/.test(String(restart ?? ""))
    ? [`it is started again whenever it ends, the compose file says restart: ${String(restart)}`]
    : [];
