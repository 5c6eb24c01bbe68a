import { run } from "../../src/io/exec.ts";

/** A container of a fleet as the engine's own command shows it: shares no code with what made it. */
export type SeenContainer = Readonly<{
  id: string;
  name: string;
  pid: number;
  running: boolean;
  service: string;
  instance: string;
  artifact: string;
  release: string;
  readOnly: boolean;
  /** Of the host, the first that leads into it. */
  port: number | null;
  env: readonly string[];
  labels: Readonly<Record<string, string>>;
}>;

type Inspected = Readonly<{
  Id: string;
  Name: string;
  State: { Pid: number; Running: boolean };
  Config: { Env: string[]; Labels: Record<string, string> };
  HostConfig: { ReadonlyRootfs: boolean };
  NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null> | null };
}>;

/** All of a fleet's instances that are containers, whatever their state; oldest first. */
export async function containersOf(fleet: string): Promise<readonly SeenContainer[]> {
  const listed = await run({
    argv: ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", `label=sampan.fleet=${fleet}`],
  });
  const ids = listed.stdout.trim().split("\n").filter(Boolean).reverse();
  if (ids.length === 0) return [];
  // One that is removed meanwhile is left out, and what is printed for the others holds.
  const { stdout } = await run({ argv: ["docker", "inspect", ...ids] });
  return (JSON.parse(stdout) as Inspected[]).map(({ Id, Name, State, Config, HostConfig, NetworkSettings }) => ({
    id: Id,
    name: Name.slice(1),
    pid: State.Pid,
    running: State.Running,
    service: Config.Labels["sampan.service"] ?? "",
    instance: Config.Labels["sampan.instance"] ?? "",
    artifact: Config.Labels["sampan.artifact"] ?? "",
    release: Config.Labels["sampan.release"] ?? "",
    readOnly: HostConfig.ReadonlyRootfs,
    port: portIn(NetworkSettings.Ports),
    env: Config.Env,
    labels: Config.Labels,
  }));
}

function portIn(ports: Inspected["NetworkSettings"]["Ports"]): number | null {
  const [bound] = Object.values(ports ?? {}).flatMap((bindings) => bindings ?? []);
  return bound === undefined ? null : Number(bound.HostPort);
}
