/** What the user wrote that cannot be used. All problems of an input are reported at once; nothing has been done yet. */
export type Problem = Readonly<{
  /** Stable, kebab-case: what tests and scripts match on. */
  code: string;
  file: string | null;
  /** 1-based; null when the problem has no place in a file. */
  line: number | null;
  column: number | null;
  /** What is wrong and what was expected, one line. */
  message: string;
  /** What to do about it, one line. */
  hint: string | null;
}>;

/** Thrown at an edge to refuse bad input before any effect; `exit` is 2 (input) or 3 (a check, drift, an approval). */
export class Refused extends Error {
  readonly problems: readonly Problem[];
  readonly exit: 2 | 3;

  constructor(problems: readonly Problem[], exit: 2 | 3 = 2) {
    super(problems.map((problem) => problem.message).join("; "));
    this.name = "Refused";
    this.problems = problems;
    this.exit = exit;
  }
}

/** A problem without a place in a file. */
export const problem = (code: string, message: string, hint: string | null = null): Problem => ({
  code,
  file: null,
  line: null,
  column: null,
  message,
  hint,
});
