import type { Problem } from "../../problem.ts";

/** How a folder of migrations is laid out, by the tool that runs it. */
export const FORMATS = [
  "sampan",
  "golang-migrate",
  "dbmate",
  "goose",
  "drizzle",
  "prisma",
  "diesel",
  "fizz",
  "node-pg-migrate",
  "knex",
  "flyway",
  "sql",
] as const;

export type Format = (typeof FORMATS)[number];

/** One way of one migration. */
export type FoundScript = Readonly<{
  /** Relative to the folder. */
  file: string;
  direction: "up" | "down";
  transaction: boolean;
  /** `sql`: what is taken from the file, in its own lines. `code`: only its own tool can run it. */
  content:
    | Readonly<{ kind: "sql"; sql: string }>
    | Readonly<{ kind: "code"; language: string }>
    | Readonly<{ kind: "unreadable"; problem: Problem }>;
}>;

export type FoundFolder = Readonly<{
  format: Format;
  /** In the order in which they are applied, a down after its up. */
  scripts: readonly FoundScript[];
  problems: readonly Problem[];
}>;
