/** One command line, parsed. */
export type Call = Readonly<{
  args: readonly unknown[];
  options: Readonly<Record<string, unknown>>;
  stop: AbortSignal;
}>;
