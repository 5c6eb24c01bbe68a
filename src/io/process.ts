import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** How a process ended, as far as anybody can know. */
export type Exit = Readonly<{ code: number | null; signal: string | null; error: string | null }>;

export type Spawned = Readonly<{
  /** Null when it could not be started: `exited` then says why. */
  pid: number | null;
  exited: Promise<Exit>;
}>;

export type DetachedCommand = Readonly<{
  argv: readonly [string, ...string[]];
  cwd: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** Opened for appending and given as stdout and stderr: a file, not a pipe, because a pipe breaks when its reader dies. */
  log: string;
}>;

/** Starts a process in a session and group of its own, which outlives this one. Synchronous up to the pid. */
export function startProcess(command: DetachedCommand): Spawned {
  const [file, ...args] = command.argv;
  const log = openSync(command.log, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ["ignore", log, log],
    });
  } catch (error) {
    // A NUL byte in an argument, for one: Node throws before it tries.
    return { pid: null, exited: Promise.resolve({ code: null, signal: null, error: (error as Error).message }) };
  } finally {
    closeSync(log);
  }
  child.unref();
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal, error: null }));
    child.once("error", (error) => resolve({ code: null, signal: null, error: error.message }));
  });
  return { pid: child.pid ?? null, exited };
}

type Stat = Readonly<{ state: string; group: number; started: string }>;

/** /proc/PID/stat; the name in parentheses may itself hold spaces and parentheses. */
function statOf(pid: number): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", group: Number(fields[2]), started: fields[19] ?? "" };
}

const dead = (state: string): boolean => state.startsWith("Z") || state.startsWith("X");

let boot: string | null = null;

/** Start times count from the boot, so the boot is part of who a process is. */
function bootId(): string {
  boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
  return boot;
}

/** What tells machines, and containers on one, apart within which a pid says who somebody is. */
export function machineStamp(): string {
  return process.platform === "linux" ? `${bootId()}:${readlinkSync("/proc/self/ns/pid")}` : process.platform;
}

/**
 * What tells a process from a later one with the same pid: its start time. Null when there is no such process, or only
 * its zombie.
 */
export function processStamp(pid: number): string | null {
  if (process.platform !== "linux") {
    const [state, ...started] = ps(["-o", "stat=,lstart=", "-p", String(pid)])
      .trim()
      .split(/\s+/);
    return state === undefined || state === "" || dead(state) ? null : started.join(" ");
  }
  const stat = statOf(pid);
  return stat === null || dead(stat.state) ? null : `${bootId()}:${stat.started}`;
}

/** As `processStamp`, but also for a child that died before anybody looked and waits to be reaped. */
export function childStamp(pid: number): string {
  if (process.platform !== "linux") return processStamp(pid) ?? "";
  return `${bootId()}:${statOf(pid)?.started ?? ""}`;
}

/** Is there a process of this group that is not a zombie? */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (process.platform !== "linux") {
    return ps(["-A", "-o", "pgid=,stat="])
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .some(([pgid, state]) => Number(pgid) === group && !dead(state ?? "Z"));
  }
  return pids().some((pid) => {
    const stat = statOf(pid);
    return stat !== null && stat.group === group && !dead(stat.state);
  });
}

/**
 * Is it, on this machine, a process of that container (its whole id)? By its control group: an engine in a machine of its own tells of
 * pids that are others' here.
 */
export function isInContainer(pid: number, container: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "latin1").includes(container);
  } catch {
    return false;
  }
}

/** Sends a signal to one process (or, negative, a group); false when nobody is there. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Value of this variable → the process that leads its group and has it in its environment: how processes are found that
 * were started but not recorded. Empty where the system does not show environments.
 */
export function findByVariable(name: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  if (process.platform !== "linux") return found;
  for (const pid of pids()) {
    const stat = statOf(pid);
    if (stat === null || stat.group !== pid || dead(stat.state)) continue;
    try {
      for (const variable of readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")) {
        if (variable.startsWith(`${name}=`)) found.set(variable.slice(name.length + 1), pid);
      }
    } catch {
      // Not ours, or gone.
    }
  }
  return found;
}

const pids = (): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);

function ps(args: readonly string[]): string {
  try {
    return execFileSync("ps", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return "";
  }
}
