import { spawn } from "node:child_process";

export type Program = Readonly<{
  ended: Promise<Readonly<{ code: number | null; stdout: string; stderr: string }>>;
  /** Called with all that came on stderr so far, whenever more comes. */
  onError: (look: (soFar: string) => void) => void;
  kill: (signal: NodeJS.Signals) => void;
}>;

export type ProgramStart = Readonly<{
  argv: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string>>;
  onErrorLine: (line: string) => void;
  signal: AbortSignal;
}>;

/** Starts a program whose output is looked at while it comes. The signal asks it to end (SIGTERM). */
export function startProgram({ argv, cwd, env, onErrorLine, signal }: ProgramStart): Program {
  const [file, ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const looks: ((soFar: string) => void)[] = [];
  let stdout = "";
  let stderr = "";
  let shown = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (let end = stderr.indexOf("\n", shown); end >= 0; end = stderr.indexOf("\n", shown)) {
      onErrorLine(stderr.slice(shown, end));
      shown = end + 1;
    }
    for (const look of looks) look(stderr);
  });
  const kill = (how: NodeJS.Signals): void => void child.kill(how);
  const onAbort = (): void => kill("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  const ended = new Promise<Awaited<Program["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", onAbort);
      resolve({ code, stdout, stderr });
    });
  });
  return { ended, onError: (look) => void looks.push(look), kill };
}
