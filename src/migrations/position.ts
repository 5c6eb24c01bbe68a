export type Position = Readonly<{ line: number; column: number }>;

/** 1-based line and column of an offset counted in code points: PostgreSQL counts characters, JavaScript UTF-16 units. */
export const positionAt = (text: string, offset: number): Position =>
  positionsAt(text, [offset])[0] ?? { line: 1, column: 1 };

/** Of many offsets, ascending, in one walk through the text; one beyond its end is at its end. */
export function positionsAt(text: string, offsets: readonly number[]): readonly Position[] {
  const places: Position[] = [];
  let line = 1;
  let column = 1;
  let seen = 0;
  for (const character of text) {
    while (places.length < offsets.length && seen >= (offsets[places.length] ?? 0)) places.push({ line, column });
    if (places.length === offsets.length) return places;
    seen += 1;
    if (character === "\n") {
      line += 1;
      column = 1;
    } else {
      column += 1;
    }
  }
  while (places.length < offsets.length) places.push({ line, column });
  return places;
}
