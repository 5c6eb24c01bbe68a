import { spawn } from "node:child_process";

export type InTerminal = Readonly<{
  exitCode: number | null;
  failure: "not-found" | "not-started" | "signal" | null;
}>;

/** Milliseconds that a program asked to end may take. */
const PATIENCE = 2000;

const KEYS = ["SIGINT", "SIGQUIT"] as const;

/**
 * Runs a program that has the terminal for itself, as an editor does: keys such as Ctrl-C are its own meanwhile. What it says goes to stderr where
 * our stdout is no terminal. The signal asks it to end.
 */
export async function runInTerminal(
  command: Readonly<{ argv: readonly [string, ...string[]]; signal: AbortSignal }>,
): Promise<InTerminal> {
  const [file, ...args] = command.argv;
  const giveBack = process.stdin.isTTY === true ? leaveKeys() : () => undefined;
  try {
    const child = spawn(file, args, {
      stdio: ["inherit", process.stdout.isTTY === true ? "inherit" : 2, "inherit"],
    });
    let killing: NodeJS.Timeout | undefined;
    const end = (): void => {
      child.kill("SIGTERM");
      killing = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    };
    if (command.signal.aborted) end();
    command.signal.addEventListener("abort", end, { once: true });
    try {
      return await new Promise<InTerminal>((resolve) => {
        child.once("error", ({ code }: NodeJS.ErrnoException) => {
          if (child.pid === undefined)
            resolve({ exitCode: null, failure: code === "ENOENT" ? "not-found" : "not-started" });
        });
        child.once("exit", (exitCode) => resolve({ exitCode, failure: exitCode === null ? "signal" : null }));
      });
    } finally {
      clearTimeout(killing);
      command.signal.removeEventListener("abort", end);
    }
  } finally {
    giveBack();
  }
}

/** The terminal sends its keys' signals to us as well: they are not meant for us now. */
function leaveKeys(): () => void {
  const nothing = (): void => undefined;
  const kept = KEYS.map((key) => ({ key, listeners: process.listeners(key) as (() => void)[] }));
  for (const { key } of kept) {
    process.removeAllListeners(key);
    process.on(key, nothing);
  }
  return () => {
    for (const { key, listeners } of kept) {
      process.off(key, nothing);
      for (const listener of listeners) process.on(key, listener);
    }
  };
}
