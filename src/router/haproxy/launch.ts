import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { run } from "../../io/exec.ts";
import { type Detached, spawnDetached } from "../../io/spawn-detached.ts";

export type LaunchOrder = Readonly<{
  /** Absolute; the working directory, and where the log goes. */
  folder: string;
  /** Behind the program. */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  logFile: string;
  signal: AbortSignal;
}>;

/** How a HAProxy comes to run: as a process of this host, or in a container. It outlives this process. */
export type Launch = Readonly<{
  /** Throws `haproxy-missing` or `haproxy-too-old`, which say what to do. */
  check: (signal: AbortSignal) => Promise<void>;
  start: (order: LaunchOrder) => Promise<Detached>;
  /** Runs it to its end, and says what it said. */
  end: (order: Omit<LaunchOrder, "logFile">) => Promise<Readonly<{ exitCode: number | null; said: string }>>;
}>;

const OLDEST = [2, 6] as const;

const INSTALL =
  "install it (Debian and Ubuntu: apt-get install haproxy), or name an image: router: { haproxy: { image: … } }";

/** The host's own program; `path` may be a name that is looked for on PATH. */
export function hostLaunch(path = "haproxy"): Launch {
  // Debian keeps it where users do not look.
  const env = { PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin` };
  return {
    check: async (signal) => {
      const ran = await run({ argv: [path, "-v"], env, timeout: 10_000, signal });
      signal.throwIfAborted();
      if (ran.failure === "not-found") throw missing(path);
      expectRecent(ran.stdout, path);
    },
    start: async ({ folder, args, env: given, logFile }) => {
      try {
        return await spawnDetached({ argv: [path, ...args], cwd: folder, env: { ...env, ...given }, logFile });
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === "ENOENT" ? missing(path) : error;
      }
    },
    end: async ({ folder, args, env: given, signal }) => {
      const ran = await run({ argv: [path, ...args], cwd: folder, env: { ...env, ...given }, timeout: 10_000, signal });
      signal.throwIfAborted();
      if (ran.failure === "not-found") throw missing(path);
      return { exitCode: ran.exitCode, said: ran.stderr + ran.stdout };
    },
  };
}

const missing = (path: string): StepFault =>
  new StepFault({
    code: "haproxy-missing",
    message: `This host has no program ${JSON.stringify(path)}, and the environment's router is HAProxy: ${INSTALL}`,
  });

/** Throws `haproxy-too-old` unless its first line names 2.6 or later. */
export function expectRecent(version: string, what: string): void {
  const found = /HAProxy version (\d+)\.(\d+)/i.exec(version);
  const [major, minor] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new StepFault({
    code: "haproxy-too-old",
    message: `${what} is ${found === null ? "no HAProxy that says its version" : `HAProxy ${major}.${minor}`}; ${OLDEST.join(".")} or later is needed: ${INSTALL}`,
    evidence: version.slice(0, 200),
  });
}

export const routerLog = (folder: string): string => join(folder, "router.log");
