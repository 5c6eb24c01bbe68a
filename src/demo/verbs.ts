import { startProgram } from "../io/program.ts";
import { programEntry } from "../io/program-entry.ts";
import type { ReleaseDocument } from "../release/outcome.ts";

/** The command line as its users run it, in the demo's repository and with a state of its own. */
export type Verbs = Readonly<{
  run: (args: readonly string[]) => Promise<Answer>;
  /** Killed outright as soon as its progress shows this. */
  runUntil: (args: readonly string[], pattern: RegExp) => Promise<void>;
}>;

export type Answer = Readonly<{ code: number | null; document: unknown; stderr: string }>;

export type VerbsAt = Readonly<{
  cwd: string;
  env: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  signal: AbortSignal;
}>;

export function verbs({ cwd, env, onLine, signal }: VerbsAt): Verbs {
  const start = (args: readonly string[]) =>
    startProgram({
      argv: [process.execPath, programEntry("main"), ...args, "--json"],
      cwd,
      env,
      signal,
      onErrorLine: onLine,
    });
  return {
    run: async (args) => {
      const ended = await start(args).ended;
      return { code: ended.code, document: parsed(ended.stdout), stderr: ended.stderr };
    },
    runUntil: async (args, pattern) => {
      const program = start(args);
      program.onError((seen) => {
        if (pattern.test(seen)) program.kill("SIGKILL");
      });
      await program.ended;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A release's document, or an error that says what came instead. */
export function releaseDocument(answer: Answer, wanted: ReleaseDocument["status"]): ReleaseDocument {
  const document = answer.document as ReleaseDocument | null;
  if (document !== null && typeof document === "object" && "status" in document && document.status === wanted)
    return document;
  const said = JSON.stringify(document)?.slice(0, 2000) ?? "";
  throw new Error(
    `expected a release that is ${wanted}; exit code ${answer.code}: ${said}\n${answer.stderr.slice(-4000)}`,
  );
}
