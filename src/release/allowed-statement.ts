/** A statement that `-- sampan: allow RULE because …` lets through. */
export type AllowedStatement = Readonly<{
  service: string;
  /** The file's name, and the statement's line in it. */
  file: string;
  line: number;
  rule: string;
  because: string;
}>;

/** Those that a release was planned with: its evidence keeps them. */
export const allowedIn = ({ allowed }: Readonly<Record<string, unknown>>): readonly AllowedStatement[] =>
  Array.isArray(allowed) ? (allowed as readonly AllowedStatement[]) : [];
