import type { Place } from "../read/place.ts";

/** What changed between two contracts, and whether it breaks a caller that relied on the old one. */
export type ContractChange = Readonly<{
  kind: string;
  verdict: "breaking" | "safe";
  /** In what callers send, or in what they get. */
  direction: "request" | "response";
  /** Of which operations, as people write them: `GET /v1/users/{id}`. */
  operations: readonly string[];
  /** What it is about, and what is there now: one line. */
  message: string;
  /** In the old contract, and in the new one; what is gone or new is placed at the nearest thing around it. */
  old: Place;
  next: Place;
  hint: string | null;
  /** Why whoever wrote the contract accepts it; null: nobody does. */
  allowed: string | null;
}>;
