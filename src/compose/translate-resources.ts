import type { ComposeService } from "./project.ts";
import { number, same, several, type Told, told } from "./told.ts";
import { bytes, list, table } from "./values.ts";

/** Limits: the older keys of a service, and `deploy.resources`, which Compose lets win. */
export function resourcesOf(service: ComposeService): Told {
  const { limits, reservations } = table(table(service.deploy).resources) as {
    limits?: unknown;
    reservations?: unknown;
  };
  const limit = table(limits);
  const reservation = table(reservations);
  const cpus = limit.cpus ?? service.cpus;
  const memory = limit.memory ?? service.mem_limit;
  const reserved = reservation.memory ?? service.mem_reservation;
  return told({
    NanoCpus: cpus === undefined ? undefined : Math.round(Number(cpus) * 1e9),
    CpuShares: number(service.cpu_shares),
    CpuPeriod: number(service.cpu_period),
    CpuQuota: number(service.cpu_quota),
    CpuRealtimePeriod: microseconds(service.cpu_rt_period),
    CpuRealtimeRuntime: microseconds(service.cpu_rt_runtime),
    CpuCount: number(service.cpu_count),
    CpuPercent: number(service.cpu_percent),
    CpusetCpus: same(service.cpuset),
    Memory: memory === undefined ? undefined : bytes(memory),
    MemoryReservation: reserved === undefined ? undefined : bytes(reserved),
    MemorySwap: service.memswap_limit === undefined ? undefined : bytes(service.memswap_limit),
    MemorySwappiness: number(service.mem_swappiness),
    OomKillDisable: same(service.oom_kill_disable),
    PidsLimit: number(limit.pids ?? service.pids_limit),
    CgroupParent: same(service.cgroup_parent),
    Devices: devicesOf(service.devices),
    DeviceCgroupRules: several(service.device_cgroup_rules),
    DeviceRequests: deviceRequests([...list(reservation.devices), ...list(service.gpus)]),
    Ulimits: ulimitsOf(service.ulimits),
    ...blkio(service.blkio_config),
  });
}

const microseconds = (value: unknown): number | undefined =>
  value === undefined ? undefined : typeof value === "number" ? value : Number.parseInt(String(value), 10);

/** `/dev/a:/dev/b:rwm`, or the same as a map. */
function devicesOf(given: unknown): readonly Told[] | undefined {
  if (given === undefined) return undefined;
  return list(given).map((one) => {
    const [source, target, permissions] =
      typeof one === "string"
        ? one.split(":")
        : [table(one).source, table(one).target, table(one).permissions].map((part) =>
            part === undefined ? undefined : String(part),
          );
    return {
      PathOnHost: source ?? "",
      PathInContainer: target ?? source ?? "",
      CgroupPermissions: permissions ?? "rwm",
    };
  });
}

function deviceRequests(given: readonly unknown[]): readonly Told[] | undefined {
  if (given.length === 0) return undefined;
  return given.map((one) => {
    const { driver, count, device_ids, capabilities, options } = table(one);
    return told({
      Driver: same(driver),
      Count: count === "all" ? -1 : number(count),
      DeviceIDs: several(device_ids),
      Capabilities: [several(capabilities) ?? ["gpu"]],
      Options: same(options),
    });
  });
}

function ulimitsOf(given: unknown): readonly Told[] | undefined {
  if (given === undefined) return undefined;
  return Object.entries(table(given)).map(([Name, limit]) => {
    if (typeof limit !== "object") return { Name, Soft: Number(limit), Hard: Number(limit) };
    const { soft, hard, single } = table(limit);
    return { Name, Soft: Number(soft ?? single), Hard: Number(hard ?? single) };
  });
}

function blkio(given: unknown): Readonly<Record<string, ReturnType<typeof same>>> {
  if (given === undefined) return {};
  const of = table(given);
  const rates = (value: unknown) =>
    value === undefined
      ? undefined
      : list(value).map((one) => ({ Path: String(table(one).path), Rate: bytes(table(one).rate) }));
  return {
    BlkioWeight: number(of.weight),
    BlkioWeightDevice:
      of.weight_device === undefined
        ? undefined
        : list(of.weight_device).map((one) => ({ Path: String(table(one).path), Weight: Number(table(one).weight) })),
    BlkioDeviceReadBps: rates(of.device_read_bps),
    BlkioDeviceWriteBps: rates(of.device_write_bps),
    BlkioDeviceReadIOps: rates(of.device_read_iops),
    BlkioDeviceWriteIOps: rates(of.device_write_iops),
  };
}
