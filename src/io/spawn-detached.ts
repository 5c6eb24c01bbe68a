import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

export type Detached = Readonly<{
  pid: number;
  /** Its exit code once it has ended while we look; null while it runs. A signal counts as -1. */
  ended(): number | null;
}>;

/**
 * Starts a process that outlives this one: in a session of its own, with nothing of ours open but the file it logs into,
 * so that nobody's death breaks its pipe. Rejects when it cannot be started at all.
 */
export async function spawnDetached(
  command: Readonly<{
    argv: readonly [string, ...string[]];
    cwd: string;
    env: Readonly<Record<string, string>>;
    /** Appended to; made with mode 0600. */
    logFile: string;
  }>,
): Promise<Detached> {
  const [file, ...args] = command.argv;
  const log = openSync(command.logFile, "a", 0o600);
  try {
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ["ignore", log, log],
    });
    let code: number | null = null;
    child.once("exit", (exit) => {
      code = exit ?? -1;
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return { pid: child.pid ?? -1, ended: () => code };
  } finally {
    closeSync(log);
  }
}
