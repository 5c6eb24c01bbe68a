import type { Format } from "../../fleet/migration-format.ts";
import type { Problem } from "../../problem.ts";

/** One way of one migration. */
export type FoundScript = Readonly<{
  /** Relative to the folder. */
  file: string;
  direction: "up" | "down";
  /** The tool whose way of writing this file's own is; `sql`: any. */
  layout: Format;
  transaction: boolean;
  /** `sql`: what is taken from the file, in its own lines. `code`: only its own tool can run it. */
  content:
    | Readonly<{ kind: "sql"; sql: string }>
    /** Code that does nothing but run this: it can be judged, and only its own tool runs it in an environment. */
    | Readonly<{ kind: "sql-in-code"; language: string; sql: string }>
    | Readonly<{ kind: "code"; language: string }>
    | Readonly<{ kind: "unreadable"; problem: Problem }>;
}>;

export type FoundFolder = Readonly<{
  /** As it was asked for, else as its files look. */
  format: Format;
  /** In the order in which they are applied, a down after its up. */
  scripts: readonly FoundScript[];
  problems: readonly Problem[];
}>;
