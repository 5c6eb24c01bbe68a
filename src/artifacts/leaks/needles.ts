export type Needle = Readonly<{ name: string; bytes: Buffer }>;

export type Hit = Readonly<{ name: string; offset: number; length: number }>;

/** Finds many byte strings (of at least four bytes) in one pass over a buffer. */
export function searcher(needles: readonly Needle[]): (within: Buffer) => readonly Hit[] {
  // Two bytes decide almost every position; four nearly all of the rest.
  const pairs = new Uint8Array(65536);
  const byStart = new Map<number, Needle[]>();
  for (const needle of needles) {
    pairs[needle.bytes.readUInt16LE(0)] = 1;
    const start = needle.bytes.readUInt32LE(0);
    byStart.set(start, [...(byStart.get(start) ?? []), needle]);
  }
  return (within) => {
    const hits: Hit[] = [];
    for (let at = 0; at + 4 <= within.length; at++) {
      if (pairs[(within[at] ?? 0) | ((within[at + 1] ?? 0) << 8)] === 0) continue;
      for (const { name, bytes } of byStart.get(within.readUInt32LE(at)) ?? []) {
        if (standsAt(within, bytes, at)) hits.push({ name, offset: at, length: bytes.length });
      }
    }
    return hits;
  };
}

/** Byte by byte: nearly always the first few differ, and a call into the runtime would cost more than they do. */
function standsAt(within: Buffer, bytes: Buffer, at: number): boolean {
  if (at + bytes.length > within.length) return false;
  for (let place = bytes.length - 1; place >= 0; place--) if (within[at + place] !== bytes[place]) return false;
  return true;
}
