import { type Problem, problem } from "../problem.ts";
import { canonicalJson } from "./canonical.ts";
import { type Observed, sameRevision, type VerifiedMark } from "./observed.ts";

/** Where one service goes back to; `mark: null`: it was not there then. */
export type WayBack = Readonly<{ service: string; mark: VerifiedMark | null }>;

export type RollbackWish = Readonly<{
  /** Return to how things stood once this release was verified; null: to before the newest one. */
  to: string | null;
  /** Only these services; null: all that the way back concerns. */
  services: readonly string[] | null;
}>;

/**
 * Chooses, from verified marks alone, what each service returns to. Release ids sort by time.
 * A service that a rollback brought back stands where it was brought back to: rolling back twice goes further back, never forth.
 */
export function waysBack(
  observed: Observed,
  wish: RollbackWish,
): { ways: readonly WayBack[]; problems: readonly Problem[] } {
  const marked = Object.entries(observed.services).filter(
    ([name, { marks }]) => marks.length > 0 && (wish.services === null || wish.services.includes(name)),
  );
  const unknown = (wish.services ?? []).filter((name) => !marked.some(([known]) => known === name));
  if (unknown.length > 0) {
    return {
      ways: [],
      problems: unknown.map((name) =>
        problem(
          "nothing-verified",
          `${name} was never verified in ${observed.environment}: there is nothing to go back to`,
        ),
      ),
    };
  }
  const newest = marked
    .map(([, { marks }]) => position(marks[0]))
    .sort()
    .at(-1);
  if (newest === undefined) {
    return {
      ways: [],
      problems: [problem("nothing-verified", `nothing was ever verified in ${observed.environment}`)],
    };
  }
  const ways = marked.flatMap(([service, { marks }]): WayBack[] => {
    const way = wish.to === null ? before(marks, newest) : asOf(marks, wish.to);
    return way === "stays" ? [] : [{ service, mark: way }];
  });
  if (ways.length === 0) {
    const where = wish.to === null ? "" : `, which is what ${wish.to} left`;
    return {
      ways,
      problems: [problem("already-there", `${observed.environment} already runs its verified revisions${where}`)],
    };
  }
  const empties =
    wish.services === null &&
    marked.every(([service]) => ways.some((way) => way.service === service && way.mark === null));
  if (empties) {
    const message =
      wish.to === null
        ? `nothing was verified in ${observed.environment} before ${newest}`
        : `no release up to ${wish.to} was verified in ${observed.environment}`;
    return {
      ways: [],
      problems: [problem("nothing-verified", message, "see `sampan history` for what can be returned to")],
    };
  }
  return { ways, problems: [] };
}

/** The release at which a service stands: the restored one, where a rollback brought it back. */
const position = (mark: VerifiedMark | undefined): string => mark?.restores ?? mark?.release ?? "";

/** The same image in another kind of container is another thing. */
const sameMark = (a: VerifiedMark, b: VerifiedMark): boolean =>
  sameRevision(a.revision, b.revision) &&
  canonicalJson(a.spec.container ?? null) === canonicalJson(b.spec.container ?? null);

function before(marks: readonly VerifiedMark[], newest: string): VerifiedMark | null | "stays" {
  const current = marks[0];
  if (current === undefined || position(current) !== newest) return "stays";
  return marks.find((mark) => mark.restores === null && mark.release < newest && !sameMark(mark, current)) ?? null;
}

function asOf(marks: readonly VerifiedMark[], release: string): VerifiedMark | null | "stays" {
  const then = marks.find((mark) => mark.release <= release) ?? null;
  const current = marks[0];
  if (then !== null && current !== undefined && sameMark(then, current)) return "stays";
  return then;
}
