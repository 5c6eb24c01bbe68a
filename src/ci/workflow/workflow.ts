import type { Environment } from "../../fleet/fleet.ts";

/** An environment as far as its job depends on it. */
export type JobOf = Pick<Environment, "name" | "branch" | "tag" | "after"> &
  Readonly<{
    /** Variables of it are encrypted in the repository. */
    encrypted: boolean;
    /** It requires a green CI. */
    asks: boolean;
  }>;

export type WorkflowOrder = Readonly<{
  /** In the order of the fleet file; those that no push reaches are left out. */
  jobs: readonly JobOf[];
  /** Of Sampan, to be used exactly. */
  version: string;
  /** Names of the secrets that Sampan itself needs where it deploys. */
  secrets: readonly string[];
}>;

/** What a branch or tag must begin with; `exact`: that is all of it. Sampan itself looks at the whole pattern. */
export function beginning(pattern: string): Readonly<{ text: string; exact: boolean }> {
  const at = pattern.indexOf("*");
  return at < 0 ? { text: pattern, exact: true } : { text: pattern.slice(0, at), exact: false };
}

/** The environments of the same workflow that come before this one. */
export const before = ({ after }: JobOf, jobs: readonly JobOf[]): readonly string[] =>
  after !== null && jobs.some(({ name }) => name === after) ? [after] : [];
