import type { ComposeService } from "./project.ts";
import { number, same, several, type Told, told } from "./told.ts";
import { composeDuration, list, nanoseconds, table, texts } from "./values.ts";

/** The container's own half: what runs in it, as whom, where, and how its health is looked at. */
export function configOf(service: ComposeService): Told {
  const stop = composeDuration(service.stop_grace_period);
  return told({
    AttachStdout: true,
    AttachStderr: true,
    Cmd: several(service.command),
    Entrypoint: several(service.entrypoint),
    User: same(service.user),
    WorkingDir: same(service.working_dir),
    Hostname: same(service.hostname),
    Domainname: same(service.domainname),
    Tty: same(service.tty),
    OpenStdin: same(service.stdin_open),
    StopSignal: same(service.stop_signal),
    StopTimeout: stop === null ? undefined : Math.ceil(stop / 1000),
    Healthcheck: healthcheckOf(service.healthcheck),
    Labels: labelsOf(service.labels),
    ExposedPorts: exposedOf(service),
  });
}

function healthcheckOf(given: unknown): Told | undefined {
  if (given === undefined || given === null) return undefined;
  const { test, interval, timeout, retries, start_period, start_interval, disable } = table(given);
  if (disable === true) return { Test: ["NONE"] };
  const optional = (value: unknown) => (value === undefined ? undefined : nanoseconds(value));
  return told({
    Test: several(test),
    Interval: optional(interval),
    Timeout: optional(timeout),
    StartPeriod: optional(start_period),
    StartInterval: optional(start_interval),
    Retries: number(retries),
  });
}

function labelsOf(given: unknown): Told | undefined {
  const labels = Object.entries(table(given)).map(([name, value]) => [name, String(value ?? "")]);
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

/** `expose`, and what is published. */
function exposedOf(service: ComposeService): Told | undefined {
  const ports = [
    ...texts(service.expose).map((port) => (port.includes("/") ? port : `${port}/tcp`)),
    ...list(service.ports).map((one) => {
      const { target, protocol } = table(one);
      return `${String(target)}/${String(protocol ?? "tcp")}`;
    }),
  ];
  return ports.length === 0 ? undefined : Object.fromEntries(ports.map((port) => [port, {}]));
}
