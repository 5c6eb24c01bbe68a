import type { CiRun } from "../ci/run.ts";
import type { Random } from "../io/random.ts";

/** Lines that a CI takes for commands are only taken from us. */
export type Guard = Readonly<{ begin: () => void; end: () => void }>;

/**
 * GitHub and Gitea Actions read commands (`::error …`) from what a step prints, on both streams: whatever a service logs, or a branch is called, could give
 * some. Between the two lines none is taken; the token is new each time, and nothing that is printed can know it.
 */
export function guardFor(run: CiRun, random: Random, write: (text: string) => void): Guard {
  if (run.provider !== "github" && run.provider !== "gitea") return { begin: () => undefined, end: () => undefined };
  const token = `sampan-${random.hex(16)}`;
  return { begin: () => write(`::stop-commands::${token}\n`), end: () => write(`::${token}::\n`) };
}
