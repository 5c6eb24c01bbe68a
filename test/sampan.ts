import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export type RanSampan = Readonly<{
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  json: () => never;
}>;

type At = Readonly<{
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** All that comes on its stdin; omitted: nothing does. */
  input?: string;
}>;

const bin = fileURLToPath(new URL("../bin/sampan.js", import.meta.url));

/** The built command line, as its users start it. */
export function startSampan(args: readonly string[], at: At) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: at.cwd,
    env: at.env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Most read nothing of it, and may be gone already.
  child.stdin.on("error", () => undefined);
  child.stdin.end(at.input);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<RanSampan>((resolve) => {
    child.once("close", (code, signal) => {
      resolve({ code, signal, stdout, stderr, json: () => JSON.parse(stdout) as never });
    });
  });
  return { child, ended, output: () => stdout + stderr };
}

export const sampan = (args: readonly string[], at: At): Promise<RanSampan> => startSampan(args, at).ended;
