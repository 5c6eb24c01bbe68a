/** A place in code that reads a variable. */
export type CodeRead = Readonly<{ name: string; file: string; line: number; column: number }>;

/** What one file tells of variables. */
export type CodeReads = Readonly<{
  reads: readonly CodeRead[];
  /** Functions that read the variable named by one of their parameters: `function required(name) { return process.env[name] }`. */
  readers: readonly Readonly<{ name: string; parameter: number }>[];
  /** Calls with a text that may be a variable's name, in case the function called is such a reader. */
  calls: readonly Readonly<{ callee: string; argument: number; read: CodeRead }>[];
  /** Reads whose name is only known when the code runs. */
  dynamic: readonly Omit<CodeRead, "name">[];
  /** False when the file could not be parsed. */
  understood: boolean;
}>;

/** Line and column (1-based) of an offset, for many offsets of one text. */
export function placesIn(text: string): (offset: number) => Readonly<{ line: number; column: number }> {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
