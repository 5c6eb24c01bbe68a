/** One item confirmed by one person, for one plan and no other: another plan, however alike, is another decision. */
export type Confirmation = Readonly<{
  /** The plan's hash. */
  planId: string;
  /** Id of the checklist's item. */
  item: string;
  by: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** A URL, an output or a path, as the item wants; null where it wants none. */
  evidence: string | null;
  note: string | null;
}>;
