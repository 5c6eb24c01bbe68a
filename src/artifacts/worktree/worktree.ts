import type { Clock } from "../../io/clock.ts";
import type { Source } from "../source/source.ts";

/** Where builds happen, and what they may know. */
export type Workshop = Readonly<{
  /** Absolute: the folder that holds the fleet file, in the user's own working tree. */
  root: string;
  /** Of `root` in its repository. */
  prefix: string;
  /** Absolute: the fleet's state folder. */
  state: string;
  /** From `buildEnvironment`. */
  env: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
  log: (line: string) => void;
}>;

/** A commit, checked out apart from the user's working tree and installed, held by this process alone. */
export type Worktree = Readonly<{
  workshop: Workshop;
  /** Absolute: the fleet's root in it. */
  root: string;
  commit: string;
  source: Source;
  /** With a mark by which what a dead build left running is found. */
  env: Readonly<Record<string, string>>;
  /** Builds of workspace packages that have begun, by folder: each is built once. */
  built: Map<string, Promise<ScriptRun>>;
}>;

export type ScriptRun = Readonly<
  | {
      kind: "ran";
      /** Relative to the fleet's root: a dependency's, when that is what failed. */
      folder: string;
      argv: readonly string[];
      exitCode: number | null;
      failure: "timeout" | "aborted" | "signal" | "not-found" | "not-started" | null;
      /** The last lines of both streams as they came, at most 64 KiB. Not masked. */
      output: string;
      /** Absolute path of the whole output. */
      log: string;
      /** Milliseconds. */
      took: number;
    }
  /** The package has no script of that name, and the fleet file names no command. */
  | { kind: "absent"; folder: string; script: string }
>;
