/** 1-based line and column of an offset counted in code points: PostgreSQL counts characters, JavaScript UTF-16 units. */
export function positionAt(text: string, offset: number): Readonly<{ line: number; column: number }> {
  let line = 1;
  let column = 1;
  let seen = 0;
  for (const character of text) {
    if (seen >= offset) break;
    seen += 1;
    if (character === "\n") {
      line += 1;
      column = 1;
    } else {
      column += 1;
    }
  }
  return { line, column };
}
