import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** A command as data: never a shell, never a value inside a string that something parses. */
export type Command = Readonly<{
  argv: readonly [string, ...string[]];
  cwd?: string;
  /** The whole environment of the command, not an addition to ours; omitted: ours. */
  env?: Readonly<Record<string, string>>;
  input?: string;
  /** Milliseconds; then its whole process group is killed. */
  timeout?: number;
  /** Only root may run a command as somebody else. */
  user?: Readonly<{ uid: number; gid: number }>;
  signal?: AbortSignal;
  /** How many bytes of the end of each stream are kept; 1 MiB when omitted. */
  keep?: number;
  /** Sees every piece of both streams as it comes: for a log that is longer than what is kept. */
  tee?: (piece: Uint8Array) => void;
  /** What it leaves running in its process group is killed when it ends. */
  killGroup?: boolean;
}>;

export type Ran = Readonly<{
  /** Null when it was killed or could not be started. */
  exitCode: number | null;
  /** The end of each: `Command.keep` bytes. */
  stdout: string;
  stderr: string;
  /** Why it did not end by itself; null when it did. */
  failure: "timeout" | "aborted" | "signal" | "not-found" | "not-started" | null;
  took: number;
}>;

const KEPT = 1024 * 1024;

/** Runs a command to its end. Never throws for what the command did: the exit code and the failure say it. */
export async function run(command: Command): Promise<Ran> {
  const ran = await runBytes(command);
  return { ...ran, stdout: ran.stdout.toString("utf8") };
}

/** `run` for a command whose output is counted in bytes, such as `git cat-file --batch`. */
export async function runBytes(command: Command): Promise<Omit<Ran, "stdout"> & Readonly<{ stdout: Buffer }>> {
  const began = performance.now();
  const nothing = (failure: Ran["failure"]) => ({
    ...{ exitCode: null, stdout: Buffer.alloc(0), stderr: "", failure },
    took: performance.now() - began,
  });
  if (command.signal?.aborted) return nothing("aborted");
  let child: ChildProcess;
  try {
    child = begin(command);
  } catch {
    // A NUL byte in an argument, for one: Node throws before it tries.
    return nothing("not-started");
  }
  const stdout = tail(child.stdout, command);
  const stderr = tail(child.stderr, command);
  let ended: "timeout" | "aborted" | null = null;
  const killAll = () => {
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // Already gone.
      }
    }
  };
  const end = (why: "timeout" | "aborted") => {
    ended ??= why;
    killAll();
  };
  // On `exit`, not at the end of its output: a leftover holds the output open.
  if (command.killGroup === true) child.once("exit", killAll);
  const timer = command.timeout === undefined ? undefined : setTimeout(() => end("timeout"), command.timeout);
  const onAbort = () => end("aborted");
  command.signal?.addEventListener("abort", onAbort, { once: true });
  const { exitCode, failure } = await endOf(child);
  clearTimeout(timer);
  command.signal?.removeEventListener("abort", onAbort);
  return {
    exitCode,
    stdout: stdout(),
    stderr: stderr().toString("utf8"),
    failure: ended ?? failure,
    took: performance.now() - began,
  };
}

function begin({ argv: [file, ...args], cwd, env, input, user }: Command): ChildProcess {
  const child = spawn(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...user,
    // A group of its own: killing only the child leaves what it started (a test's server, an ssh) acting on.
    detached: true,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  // Whoever ends before it has read everything says by its exit code what that means.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return child;
}

/** Once it has ended and its output is whole. */
const endOf = (child: ChildProcess): Promise<Pick<Ran, "exitCode" | "failure">> =>
  new Promise((resolve) => {
    child.once("error", ({ code }: NodeJS.ErrnoException) => {
      // Of a process that has started, an error says that a signal could not be sent to it.
      if (child.pid === undefined)
        resolve({ exitCode: null, failure: code === "ENOENT" ? "not-found" : "not-started" });
    });
    child.once("close", (exitCode) => resolve({ exitCode, failure: exitCode === null ? "signal" : null }));
  });

/** Keeps the end of a stream, whose last lines are what explains a failure, in bounded memory. */
function tail(stream: Readable | null, { keep = KEPT, tee }: Command): () => Buffer {
  let chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    tee?.(chunk);
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * keep) {
      chunks = [Buffer.concat(chunks).subarray(-keep)];
      size = keep;
    }
  });
  return () => Buffer.concat(chunks).subarray(-keep);
}
