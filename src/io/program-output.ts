import { spawn } from "node:child_process";

export type ProgramOutput = Readonly<{
  /** Its stdout as it comes; a reader that stops ends the program. */
  pieces: AsyncIterable<Buffer>;
  /** The end of its stderr is kept. Never rejects. */
  ended: Promise<
    Readonly<{ exitCode: number | null; failure: "not-found" | "not-started" | "signal" | null; stderr: string }>
  >;
}>;

const KEPT = 64 * 1024;

/** Runs a program whose output is too large to be kept. The signal ends it. */
export function programOutput(
  command: Readonly<{
    argv: readonly [string, ...string[]];
    env: Readonly<Record<string, string>>;
    signal: AbortSignal;
  }>,
): ProgramOutput {
  const [file, ...args] = command.argv;
  const child = spawn(file, args, {
    env: { ...command.env },
    stdio: ["ignore", "pipe", "pipe"],
    signal: command.signal,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-KEPT);
  });
  const ended = new Promise<Awaited<ProgramOutput["ended"]>>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) {
        resolve({ exitCode: null, failure: error.code === "ENOENT" ? "not-found" : "not-started", stderr });
      }
    });
    child.once("close", (exitCode) => resolve({ exitCode, failure: exitCode === null ? "signal" : null, stderr }));
  });
  const pieces = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const piece of child.stdout) yield piece as Buffer;
    } finally {
      child.kill("SIGKILL");
    }
  };
  return { pieces: pieces(), ended };
}
