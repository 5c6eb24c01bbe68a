import { StepFault } from "../../fault.ts";
import { readTextIfThere } from "../../io/files.ts";
import type { Detached } from "../../io/spawn-detached.ts";
import { ROUTER_UNREACHABLE } from "../faults.ts";
import { portTaken } from "../port-taken.ts";
import type { RouterTable } from "../router.ts";
import { tell } from "./cli.ts";
import { CONFIGURATION, SOCKET_VARIABLE } from "./config.ts";
import type { Running } from "./haproxy-router.ts";
import { routerLog } from "./launch.ts";
import { forgetProcess, recordProcess, recordStart, socketOf } from "./process-record.ts";
import type { HaproxyOptions } from "./start.ts";

export type Spawn = HaproxyOptions &
  Readonly<{
    listen: RouterTable["listen"];
    /** The HAProxy that this one takes over from: its listeners, without a gap; then that one finishes what it has and ends. */
    before: Running | null;
  }>;

const LOOK_EVERY = 10;

/** Starts HAProxy with what is on disk; resolves once it answers. Faults: `port-taken`, `router-not-started` and those of the launch. */
export async function spawnHaproxy(spawn: Spawn): Promise<Running> {
  const { folder, launch, before, signal, random } = spawn;
  const name = `haproxy-${random.hex(3)}`;
  const socket = socketOf(folder, name);
  const takingOver = before === null ? [] : ["-x", before.socket, "-sf", String(before.pid)];
  recordStart(folder, name);
  try {
    const child = await launch.start({
      folder,
      args: ["-db", "-f", CONFIGURATION, ...takingOver],
      env: { [SOCKET_VARIABLE]: socket },
      logFile: routerLog(folder),
      signal,
    });
    await answering(spawn, { child, socket });
    recordProcess(folder, name, child.pid);
    return { pid: child.pid, socket };
  } catch (fault) {
    forgetProcess(folder, name);
    throw fault;
  }
}

async function answering(
  spawn: Spawn,
  { child, socket }: Readonly<{ child: Detached; socket: string }>,
): Promise<void> {
  const { clock, signal, folder } = spawn;
  const until = clock.monotonic() + (spawn.patience ?? 30_000);
  for (;;) {
    try {
      await tell(socket, ["show version"], signal);
      return;
    } catch (error) {
      if (!(error instanceof StepFault && error.code === ROUTER_UNREACHABLE)) throw error;
    }
    if (child.ended() !== null) throw await failure(spawn, child);
    if (clock.monotonic() > until) {
      throw new StepFault({
        code: "router-not-started",
        message: `HAProxy in ${folder} (pid ${child.pid}) did not answer in time`,
        evidence: await lastLines(folder, child.pid),
        retry: "unknown",
      });
    }
    await clock.sleep(LOOK_EVERY, signal);
  }
}

async function failure({ listen, launch, folder, signal }: Spawn, child: Detached): Promise<StepFault> {
  const evidence = await lastLines(folder, child.pid);
  if (/cannot bind socket \(Address already in use\)/.test(evidence)) return portTaken(listen);
  try {
    // What is missing, or too old for our configuration, says so better than its errors do.
    await launch.check(signal);
  } catch (fault) {
    if (fault instanceof StepFault) return fault;
    throw fault;
  }
  return new StepFault({
    code: "router-not-started",
    message: `HAProxy ended with ${child.ended()} before it answered; its words are in ${routerLog(folder)}`,
    evidence,
    retry: "safe",
  });
}

/** HAProxy names its pid in each line that it writes. */
async function lastLines(folder: string, pid: number): Promise<string> {
  const lines = ((await readTextIfThere(routerLog(folder))) ?? "").trimEnd().split("\n");
  const own = lines.filter((line) => line.includes(`(${pid})`));
  return (own.length > 0 ? own : lines).slice(-8).join("\n");
}
