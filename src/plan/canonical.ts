/** JSON with sorted keys and no spaces: the same data gives the same text, so that its hash is its identity. */
export const canonicalJson = (value: unknown): string => JSON.stringify(inOrder(value));

/** The same data with sorted keys. */
export function inOrder<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(inOrder) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    const item = inOrder((value as Record<string, unknown>)[key]);
    // Assigned, this one would be the copy's prototype.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = item;
  }
  return copy as T;
}

/** Text, whole or in pieces → hex hash; handed in, so that planning stays free of I/O. */
export type Digest = (text: string | Iterable<string>) => string;
