import type { SqlNode } from "../../parse-sql.ts";
import type { Compatibility, LockMode } from "../verdict.ts";
import type { World } from "../world/world.ts";

/** What is known of one kind of change; docs/reference/migration-rules.md is written from these. */
export type Rule = Readonly<{
  name: string;
  /** Of the table of measured statements; null where it has none. */
  row: number | null;
  /** What it is about, in SQL's words. */
  statement: string;
  compatibility: Compatibility;
  mode: LockMode | null;
  rewrite: boolean;
  scan: boolean;
  why: string;
  condition: string | null;
  safeWay: string | null;
  breaks: readonly string[];
}>;

type Told = Pick<Rule, "name" | "row" | "statement" | "compatibility" | "mode" | "why"> & Partial<Rule>;

export const rule = (told: Told): Rule => ({
  rewrite: false,
  scan: false,
  condition: null,
  safeWay: null,
  breaks: [],
  ...told,
});

/** A rule met, with what differs from it in this place. */
export type Finding = Readonly<{
  rule: Rule;
  /** Relations that are locked. */
  on: readonly string[];
  compatibility?: Compatibility;
  mode?: LockMode | null;
  rewrite?: boolean;
  scan?: boolean;
  /** Where it blocks more than its mode says. */
  blocks?: "reads";
  why?: string;
  condition?: string | null;
  safeWay?: string | null;
  undecided?: string;
  breaks?: readonly string[];
}>;

export type Context = Readonly<{
  world: World;
  /** All statements of the file, and which of them this is: some are safe only together. */
  script: readonly SqlNode[];
  index: number;
}>;

/** Null: these rules do not know the statement. */
export type Matcher = (node: SqlNode, cx: Context) => readonly Finding[] | null;

export const found = (
  of: Rule,
  on: readonly string[] = [],
  but: Omit<Finding, "rule" | "on"> = {},
): readonly Finding[] => [{ rule: of, on, ...but }];
