import { StepFault } from "../../fault.ts";
import { processEnvironment } from "../../io/environment.ts";
import { runBytes } from "../../io/exec.ts";
import { maskUrls } from "./mask-urls.ts";

export type GitAt = Readonly<{ folder: string; signal: AbortSignal }>;

export type GitRan = Readonly<{ exitCode: number | null; stdout: Buffer; stderr: string; timedOut: boolean }>;

export type GitCall = Readonly<{
  args: readonly string[];
  input?: string;
  /** Milliseconds. */
  timeout?: number;
  /** Another index than the repository's own. */
  index?: string;
  /** Exit codes that are answers and not failures. */
  accept?: readonly number[];
}>;

/** More than any tree or status that a release is made from. */
const KEPT = 256 * 1024 * 1024;

/** Set by git itself for its hooks: they would make it work on another repository than the folder's. */
const MISLEADING = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_GRAFT_FILE",
  "GIT_QUARANTINE_PATH",
  "GIT_LITERAL_PATHSPECS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
];

/** Runs git in a folder; throws a StepFault for an exit code that is not accepted (0 always is). */
export async function git(at: GitAt, call: GitCall): Promise<GitRan> {
  const ran = await tryGit(at, call);
  if (ran.exitCode !== null && [0, ...(call.accept ?? [])].includes(ran.exitCode)) return ran;
  const [said] = call.args.filter((one, place) => one !== "-c" && call.args[place - 1] !== "-c");
  throw new StepFault({
    code: "git-failed",
    message: `git ${said} failed in ${at.folder}`,
    evidence: maskUrls(ran.stderr.trim() || ran.stdout.subarray(-4096).toString("utf8").trim()),
    retry: "safe",
  });
}

/** As `git`, but every exit code is an answer. Throws only when git cannot be run, or the signal aborts. */
export async function tryGit(at: GitAt, call: GitCall): Promise<GitRan> {
  const env: Record<string, string> = { ...processEnvironment() };
  for (const name of MISLEADING) delete env[name];
  Object.assign(env, { LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" });
  if (call.index !== undefined) env.GIT_INDEX_FILE = call.index;
  const ran = await runBytes({
    argv: ["git", ...call.args],
    cwd: at.folder,
    env,
    signal: at.signal,
    keep: KEPT,
    ...(call.input === undefined ? {} : { input: call.input }),
    ...(call.timeout === undefined ? {} : { timeout: call.timeout }),
  });
  at.signal.throwIfAborted();
  if (ran.failure === "not-found" || ran.failure === "not-started") {
    throw new StepFault({
      code: "git-missing",
      message: `git could not be run in ${at.folder}: is it installed, and is the folder there?`,
      retry: "safe",
    });
  }
  if (ran.stdout.length >= KEPT) throw new Error(`git ${call.args[0]} said more than ${KEPT} bytes`);
  return { exitCode: ran.exitCode, stdout: ran.stdout, stderr: ran.stderr, timedOut: ran.failure === "timeout" };
}
