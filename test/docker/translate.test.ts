import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createContainer, removeContainer } from "../../src/agent/docker/create-container.ts";
import { Engine } from "../../src/agent/docker/engine.ts";
import type { InstanceRecord } from "../../src/agent/state/instances.ts";
import { type ComposeProject, environmentOf } from "../../src/compose/project.ts";
import { resolveCompose } from "../../src/compose/resolve.ts";
import { translate } from "../../src/compose/translate.ts";
import { run } from "../../src/io/exec.ts";
import { specOf } from "../fleet-samples.ts";
import { IMAGE } from "./container-rig.ts";

/** Every key that means something for a container, as people write it. */
const COMPOSE = `
x-logging: &logging { driver: json-file, options: { max-size: 1m, max-file: "2" } }
services:
  plain: { image: "${IMAGE}" }
  commands:
    image: "${IMAGE}"
    entrypoint: ["/bin/sh", "-c"]
    command: ["echo $$HOME 'it''s' \\"q\\""]
    user: "1000:1000"
    working_dir: /tmp
    hostname: inside
    domainname: example.org
    tty: true
    stdin_open: true
    stop_signal: SIGINT
    stop_grace_period: 1m30s
    labels: { com.example.a: "b c", dollar: "$$5" }
    environment: { A: "it's \\"quoted\\"", B: "$$1", EMPTY: "" }
    env_file: [more.env]
  words: { image: "${IMAGE}", entrypoint: /bin/sleep 5, command: "10 'a b'" }
  health:
    image: "${IMAGE}"
    healthcheck: { test: "exit 0", interval: 1m30s, timeout: 5s, retries: 4, start_period: 250ms }
  listed: { image: "${IMAGE}", healthcheck: { test: ["CMD", "true"] } }
  unhealthy: { image: "${IMAGE}", healthcheck: { disable: true } }
  kept:
    image: "${IMAGE}"
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    read_only: true
    init: true
    tmpfs: ["/run:rw,noexec", /scratch]
    ulimits: { nofile: { soft: 1000, hard: 2000 }, nproc: 50 }
    sysctls: { net.core.somaxconn: 512 }
    security_opt: ["no-new-privileges:true"]
    devices: ["/dev/null:/dev/other:r"]
    dns: [9.9.9.9]
    dns_search: [example.org]
    dns_opt: [use-vc]
    extra_hosts: ["somewhere:10.1.2.3"]
    ipc: private
    group_add: ["44", games]
    shm_size: 32m
    oom_score_adj: 100
    logging: *logging
  limited:
    image: "${IMAGE}"
    cpus: 0.5
    cpu_shares: 512
    cpuset: "0"
    mem_limit: 128m
    mem_reservation: 64m
    memswap_limit: 256m
    mem_swappiness: 10
    pids_limit: 100
  deployed:
    image: "${IMAGE}"
    deploy: { replicas: 2, resources: { limits: { cpus: "0.25", memory: 100M, pids: 50 }, reservations: { memory: 50M } } }
  ports: { image: "${IMAGE}", expose: ["9000"], ports: ["3000", "127.0.0.1::4000/udp"] }
  mounts:
    image: "${IMAGE}"
    volumes:
      - data:/data
      - data:/readonly:ro
      - named:/named
      - ./folder:/folder
      - ./folder:/folder-readonly:ro
      - /anonymous
      - { type: tmpfs, target: /memory, tmpfs: { size: 1048576, mode: 0700 } }
      - { type: volume, source: data, target: /nocopy, volume: { nocopy: true } }
      - { type: bind, source: ./folder, target: /strict, bind: { create_host_path: false } }
    secrets: [password, { source: password, target: other }]
    configs: [{ source: settings, target: /etc/settings }]
  networks:
    image: "${IMAGE}"
    networks: { back: { aliases: [inside, "it-s"] }, front: { priority: 10 } }
  alone: { image: "${IMAGE}", network_mode: none }
  hosted: { image: "${IMAGE}", network_mode: host }
volumes: { data: {}, named: { name: sampan-diff-named, labels: { kept: "yes" } } }
secrets: { password: { file: ./password.txt } }
configs: { settings: { file: ./settings.txt } }
networks:
  front: { driver: bridge, internal: true, labels: { kept: "yes" } }
  back: { ipam: { config: [{ subnet: 10.213.77.0/24 }] } }
`;

const folder = mkdtempSync(join(tmpdir(), "sampan-diff-"));
const name = "sampan-diff";
const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
const never = new AbortController().signal;
const ours: string[] = [];
let engine: Engine;
let project: ComposeProject;

const compose = async (...args: readonly string[]) => {
  const ran = await run({ argv: ["docker", "compose", "--project-name", name, ...args], cwd: folder, env });
  if (ran.exitCode !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
};

beforeAll(async () => {
  mkdirSync(join(folder, "folder"));
  for (const [file, text] of [
    ["compose.yaml", COMPOSE],
    ["more.env", "FROM_FILE=1\nB=overridden"],
    ["password.txt", "secret"],
    ["settings.txt", "a: b"],
  ])
    writeFileSync(join(folder, file ?? ""), text ?? "");
  engine = await Engine.open("/var/run/docker.sock");
  const resolved = await resolveCompose({ root: folder, files: [], project: name, profiles: [], env, signal: never });
  if ("problems" in resolved) throw new Error(JSON.stringify(resolved.problems));
  ({ project } = resolved);
  await compose("create", "--no-build", "--pull", "never", "--scale", "deployed=1");
}, 120_000);

afterAll(async () => {
  for (const id of ours) await removeContainer(engine, id);
  await compose("down", "--volumes", "--timeout", "0");
  engine.close();
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const recordOf = (service: string, container: InstanceRecord["spec"]["container"]): InstanceRecord => ({
  id: `${service}-1@here`,
  scope: { fleet: "sampan-diff", environment: "test" },
  service,
  operationId: "r/o/1",
  release: "r",
  revision: { artifact: `sha256:${"0".repeat(64)}`, commit: "0".repeat(40), variables: "0".repeat(64) },
  source: IMAGE,
  spec: specOf(service, { container, port: null }),
  argv: null,
  goal: "run",
  terminating: false,
  generation: 1,
  pid: null,
  stamp: null,
  port: null,
  restarts: 0,
  lastExit: null,
  startedAt: 0,
});

type Inspected = {
  Config: Record<string, unknown> & {
    Labels: Record<string, string>;
    Env: string[];
    Hostname: string;
    ExposedPorts?: object;
  };
  HostConfig: Record<string, unknown>;
  Mounts: { Type: string; Name?: string; Source: string; Destination: string }[];
  NetworkSettings: { Networks: Record<string, { Aliases: string[] | null; IPAMConfig: unknown; NetworkID: string }> };
};

/** What is left when what must differ is taken out: names, labels of who made it, Sampan's variables and restart policy. */
async function seen(container: string) {
  const { body } = await engine.expect({ method: "GET", path: `/containers/${container}/json` }, "inspect");
  const { Config, HostConfig, Mounts, NetworkSettings } = body as Inspected;
  const labels = Object.entries(Config.Labels).filter(([key]) => !/^(?:com\.docker\.compose|sampan)\./.test(key));
  return {
    ...Config,
    Labels: Object.fromEntries(labels),
    Env: Config.Env.filter((one) => !one.startsWith("SAMPAN_")).sort(),
    Hostname: /^[0-9a-f]{12}$/.test(Config.Hostname) ? "" : Config.Hostname,
    ExposedPorts: Object.keys(Config.ExposedPorts ?? {})
      .map((port) => port.replace(/^(\d+)$/, "$1/tcp"))
      .sort(),
    HostConfig: {
      ...HostConfig,
      RestartPolicy: null,
      ExtraHosts: HostConfig.ExtraHosts ?? [],
      // Compose itself writes them in another order each time.
      Binds: sorted(HostConfig.Binds),
      Ulimits: sorted(HostConfig.Ulimits),
      Mounts: sorted(HostConfig.Mounts),
    },
    Mounts: Mounts.map((mount) =>
      /^[0-9a-f]{64}$/.test(mount.Name ?? "") ? { ...mount, Name: "anonymous", Source: "" } : mount,
    ).sort((a, b) => (a.Destination < b.Destination ? -1 : 1)),
    Networks: Object.entries(NetworkSettings.Networks).map(([key, { Aliases, IPAMConfig, NetworkID }]) => [
      key,
      // Compose adds the container's own name, which is another with each of ours.
      (Aliases ?? []).filter((alias) => !alias.startsWith(`${name}-`) && !/^[0-9a-f]{12}$/.test(alias)).sort(),
      IPAMConfig ?? {},
      NetworkID,
    ]),
  };
}

it("makes of each service what Compose itself makes of it", { timeout: 120_000 }, async () => {
  const differing: string[] = [];
  for (const [service, given] of Object.entries(project.services)) {
    const { container, refused } = translate(project, service, { name: service, port: null, routes: [] });
    expect(refused, service).toEqual([]);
    const of = { record: recordOf(service, container), container, variables: environmentOf(given), agent: "diff" };
    const made = await createContainer(engine, of);
    ours.push(made.container);
    expect(made.container).toBe((await createContainer(engine, of)).container);
    const theirs = await compose("ps", "--all", "--quiet", service);
    const [a, b] = await Promise.all([seen(made.container), seen(theirs)]);
    differing.push(...diff(a, b).map((one) => `${service}: ${one}`));
  }
  expect(differing).toEqual([]);
});

/** In no order that means anything. */
const sorted = (list: unknown): readonly string[] =>
  (Array.isArray(list) ? list : []).map((one) => JSON.stringify(one)).sort();

const diff = (a: object, b: object): readonly string[] =>
  Object.keys({ ...a, ...b }).flatMap((key) => {
    const [x, y] = [a, b].map((one) => (one as Record<string, unknown>)[key]);
    if (JSON.stringify(x) === JSON.stringify(y)) return [];
    if (key === "HostConfig") return diff(x as object, y as object);
    return [`${key}: ${JSON.stringify(x)} instead of ${JSON.stringify(y)}`];
  });
