export type Needle = Readonly<{ name: string; bytes: Buffer }>;

export type Hit = Readonly<{ name: string; offset: number; length: number }>;

/**
 * Finds many byte strings (of at least four bytes) in one pass over a buffer, which looks at few of its bytes (Wu and Manber, 1994):
 * two bytes that are in no needle's beginning say that none begins before them.
 */
export function searcher(needles: readonly Needle[]): (within: Buffer) => readonly Hit[] {
  const shortest = Math.min(255, ...needles.map(({ bytes }) => bytes.length));
  // By two bytes: how far on the first needle may end that begins where they do not rule it out; 0: one may begin here.
  const skips = new Uint8Array(65536).fill(shortest - 1);
  const byStart = new Map<number, Needle[]>();
  for (const needle of needles) {
    for (let at = 0; at + 2 <= shortest; at++) {
      const pair = needle.bytes.readUInt16LE(at);
      skips[pair] = Math.min(skips[pair] ?? 0, shortest - 2 - at);
    }
    const start = needle.bytes.readUInt32LE(0);
    byStart.set(start, [...(byStart.get(start) ?? []), needle]);
  }
  return (within) => {
    const hits: Hit[] = [];
    // `last` is where the first bytes of a needle, as many as the shortest has, would end.
    for (let last = shortest - 1; last < within.length; ) {
      const skip = skips[(within[last - 1] ?? 0) | ((within[last] ?? 0) << 8)] ?? 0;
      if (skip > 0) {
        last += skip;
        continue;
      }
      const at = last - shortest + 1;
      for (const { name, bytes } of byStart.get(within.readUInt32LE(at)) ?? []) {
        if (standsAt(within, bytes, at)) hits.push({ name, offset: at, length: bytes.length });
      }
      last += 1;
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
