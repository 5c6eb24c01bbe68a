/** Do both say the same, in whatever is JSON? A key without a value is none. Several times as fast as comparing their texts. */
export function sameData(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let at = 0; at < a.length; at += 1) if (!sameData(a[at], b[at])) return false;
    return true;
  }
  let more = 0;
  for (const key in a) if ((a as Record<string, unknown>)[key] !== undefined) more += 1;
  for (const key in b) {
    const value = (b as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(a, key) || !sameData((a as Record<string, unknown>)[key], value)) return false;
    more -= 1;
  }
  return more === 0;
}
