/** JSON with keys in one order and no spaces: the same data gives the same text, so that its hash is its identity. */
export const canonicalJson = (value: unknown): string => JSON.stringify(ordered(value));

/** The same data with sorted keys, itself where they are: writing it is then left to the engine, which is quickest at it. */
function ordered(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  return Array.isArray(value) ? orderedList(value) : orderedRecord(value as Readonly<Record<string, unknown>>);
}

function orderedList(list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | null = null;
  for (let at = 0; at < list.length; at += 1) {
    const item = ordered(list[at]);
    if (item !== list[at]) (copy ??= [...list])[at] = item;
  }
  return copy ?? list;
}

function orderedRecord(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let same = true;
  let before = "";
  for (const key in record) {
    if (key < before || ordered(record[key]) !== record[key]) {
      same = false;
      break;
    }
    before = key;
  }
  if (same) return record;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(record).sort()) {
    const item = ordered(record[key]);
    // Assigned, this one would be the copy's prototype.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: item, enumerable: true });
    else copy[key] = item;
  }
  return copy;
}

/** Levels of which each item is a piece: a plan's steps, one by one. */
const IN_PIECES = 2;

/** As `canonicalJson`, in pieces: what 10,000 services need is never there as one text. */
export const canonicalPieces = (value: unknown): Iterable<string> => pieces(value, IN_PIECES);

function* pieces(value: unknown, levels: number): Generator<string> {
  if (levels === 0 || value === null || typeof value !== "object") {
    yield canonicalJson(value);
    return;
  }
  const list = Array.isArray(value);
  yield list ? "[" : "{";
  let comma = "";
  for (const key of list ? value.keys() : Object.keys(value).sort()) {
    const item = (value as Record<string | number, unknown>)[key];
    if (item === undefined && !list) continue;
    yield list ? comma : `${comma}${JSON.stringify(key)}:`;
    yield* pieces(item ?? null, levels - 1);
    comma = ",";
  }
  yield list ? "]" : "}";
}

/** Text, whole or in pieces → hex hash; handed in, so that planning stays free of I/O. */
export type Digest = (text: string | Iterable<string>) => string;
