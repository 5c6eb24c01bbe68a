/** Comparing is linear in the names there are; a file with thousands of mistakes must not make that quadratic. */
const COMPARISONS = 200_000;

/** Finds the name that was probably meant; null when nothing is near. One per file: it has a budget. */
export function suggester(): (wrong: string, known: readonly string[]) => string | null {
  let budget = COMPARISONS;
  return (wrong, known) => {
    const lower = wrong.toLowerCase().slice(0, 64);
    let best: string | null = null;
    let least = Math.max(1, Math.floor(lower.length / 3)) + 1;
    for (const name of known) {
      if (Math.abs(name.length - lower.length) >= least) continue;
      if (budget-- <= 0) return best;
      const distance = editDistance(lower, name.toLowerCase());
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best === wrong ? null : best;
  };
}

/** Insertions, deletions, replacements and swapped neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}
