import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { onceGone } from "./once-gone.ts";

export type ServerProcess = Readonly<{
  pid: number;
  /** Null while it runs. */
  ended(): string | null;
}>;

export type ServerCommand = Readonly<{
  argv: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Appended to. */
  log: string;
  user: Readonly<{ uid: number; gid: number }> | null;
}>;

/** Starts a server in a session of its own, so that a Ctrl-C meant for us does not reach it. Rejects when it cannot start. */
export async function spawnServer(command: ServerCommand): Promise<ServerProcess> {
  const [file, ...args] = command.argv;
  const log = openSync(command.log, "a", 0o600);
  try {
    const child = spawn(file, args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: ["ignore", log, log],
      ...(command.user ?? {}),
    });
    let ended: string | null = null;
    child.once("exit", (code, signal) => {
      ended = signal ?? `exit code ${code}`;
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return { pid: child.pid ?? -1, ended: () => ended };
  } finally {
    closeSync(log);
  }
}

/**
 * Sends SIGINT to `pid` once this process is gone. The file (whose first line must still be that pid) keeps it from hitting another
 * process that has got the same number. Returns how to call it off.
 */
export const endWithUs = (pid: number, pidFile: string, user: ServerCommand["user"]): (() => void) =>
  onceGone({
    line: 'read -r pid < "$2" && [ "$pid" = "$1" ] && kill -INT "$1"',
    words: [String(pid), pidFile],
    user,
  });
