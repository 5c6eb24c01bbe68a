import type { ReleaseDocument } from "../release/outcome.ts";

/** The one table of exit codes. A failure never exits 0. */
export const EXIT = {
  done: 0,
  bug: 1,
  input: 2,
  refused: 3,
  rolledBack: 4,
  halted: 5,
  held: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitOf(status: ReleaseDocument["status"]): ExitCode {
  switch (status) {
    case "verified":
      return EXIT.done;
    case "rolled-back":
      return EXIT.rolledBack;
    case "halted":
      return EXIT.halted;
    case "refused":
    case "awaiting-approval":
      return EXIT.refused;
    case "superseded":
      return EXIT.held;
    case "interrupted":
      return EXIT.interrupted;
  }
}
