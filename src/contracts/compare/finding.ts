import type { Spot } from "../read/node.ts";

/** One change, before it is known whom it concerns. */
export type Finding = Readonly<{
  kind: string;
  /** What of the contract, in words: `Article.title`. */
  on: string;
  /** What is there now, in one line. */
  says: string;
  old: Spot;
  next: Spot;
}>;
