import { type Ran, run } from "../../io/exec.ts";
import { openLogFile } from "../../io/log-file.ts";

export type Logged = Readonly<{
  argv: readonly string[];
  exitCode: number | null;
  failure: Ran["failure"];
  /** The end of both streams as they came, at most 64 KiB. */
  output: string;
  log: string;
  took: number;
}>;

const KEPT = 64 * 1024;

/** Runs a command with all of its output in a file. Throws only when the signal aborts. */
export async function runLogged(
  command: Readonly<{
    argv: readonly string[];
    cwd: string;
    env: Readonly<Record<string, string>>;
    signal: AbortSignal;
    log: string;
    /** Milliseconds. */
    timeout?: number | undefined;
  }>,
): Promise<Logged> {
  const [file = "", ...args] = command.argv;
  const log = openLogFile(command.log);
  let end = Buffer.alloc(0);
  try {
    log.write(`$ ${command.argv.join(" ")}\n`);
    const ran = await run({
      argv: [file, ...args],
      cwd: command.cwd,
      env: command.env,
      signal: command.signal,
      keep: KEPT,
      tee: (piece) => {
        log.write(piece);
        end = Buffer.concat([end, piece]).subarray(-KEPT);
      },
      ...(command.timeout === undefined ? {} : { timeout: command.timeout }),
    });
    command.signal.throwIfAborted();
    const { exitCode, failure, took } = ran;
    return { argv: command.argv, exitCode, failure, output: end.toString("utf8"), log: command.log, took };
  } finally {
    log.close();
  }
}
