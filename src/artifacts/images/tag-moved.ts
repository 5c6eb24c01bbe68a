import { problem, Refused } from "../../problem.ts";

export type Moved = Readonly<{
  service: string;
  /** `name:tag`. */
  tag: string;
  /** Digests. */
  expected: string;
  found: string;
  /** Who says what was expected. */
  by: string;
  /** What to do when it was meant. */
  otherwise: string;
}>;

const short = (digest: string): string => digest.slice(0, 19);

/** A name that means another image than it did: nothing is deployed by it, and nothing is overwritten. */
export const tagMoved = ({ service, tag, expected, found, by, otherwise }: Moved): Refused =>
  new Refused(
    [
      problem(
        "tag-moved",
        `${service}: ${tag} is ${short(found)}…, and was ${short(expected)}… (${by})`,
        `find out who moved it; ${otherwise}`,
      ),
    ],
    3,
  );
