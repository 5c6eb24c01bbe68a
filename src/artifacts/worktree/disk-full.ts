import { StepFault } from "../../fault.ts";
import { freeBytes } from "../../io/free-bytes.ts";
import { sqliteCode } from "../../io/sqlite.ts";

/** Less than this, and what a command could not write it had no room for: git does not say why. */
const NOTHING = 64 * 1024;

/** The fault for a full disk, and any other error as it is. */
export function orDiskFull(error: unknown, folder: string): unknown {
  const full = (error as NodeJS.ErrnoException | null)?.code === "ENOSPC" || sqliteCode(error) === 13;
  const stuck = error instanceof StepFault && error.code === "git-failed" && (freeBytes(folder) ?? NOTHING) < NOTHING;
  if (!full && !stuck) return error;
  return new StepFault({
    code: "disk-full",
    message: `The disk that holds ${folder} is full`,
    evidence: error instanceof StepFault ? error.evidence : error instanceof Error ? error.message : "",
    retry: "safe",
  });
}
