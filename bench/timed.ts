import { spawn } from "node:child_process";

export type Ran = Readonly<{ ms: number; code: number | null; stdout: string; stderr: string }>;

/** Starts a program and waits for its end; milliseconds from before the start until its output is whole. */
export function timed(
  argv: readonly [string, ...string[]],
  at: Readonly<{ cwd?: string; env?: NodeJS.ProcessEnv }> = {},
): Promise<Ran> {
  const [file, ...args] = argv;
  const from = performance.now();
  const child = spawn(file, args, { ...at, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ ms: performance.now() - from, code, stdout, stderr }));
  });
}

/** As `timed`, and throws unless it ended with 0. */
export async function timedWell(...call: Parameters<typeof timed>): Promise<Ran> {
  const ran = await timed(...call);
  if (ran.code !== 0) {
    throw new Error(
      `${call[0].join(" ")} ended with ${ran.code}: ${ran.stderr.slice(-2000)}${ran.stdout.slice(-2000)}`,
    );
  }
  return ran;
}
