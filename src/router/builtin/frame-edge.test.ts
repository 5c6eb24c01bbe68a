import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameEdge } from "./frame-edge.ts";

/** A frame as RFC 6455 lays it out, with a payload of zeros. */
function frame(length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  const header =
    length < 126
      ? Buffer.from([0x82, mask | length])
      : length < 65_536
        ? Buffer.from([0x82, mask | 126, length >> 8, length & 0xff])
        : Buffer.from([0x82, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff]);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0, 7), Buffer.alloc(length)]);
}

test("however the bytes are cut, it stands between frames only after whole ones", () => {
  const frames = fc.array(
    fc.record({ length: fc.oneof(fc.nat(130), fc.integer({ min: 65_530, max: 65_540 })), masked: fc.boolean() }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 9_000 }), (list, size) => {
      const bytes = list.map(({ length, masked }) => frame(length, masked));
      const edges = new Set<number>([0]);
      let end = 0;
      for (const one of bytes) {
        end += one.length;
        edges.add(end);
      }
      const all = Buffer.concat(bytes);
      const edge = new FrameEdge();
      const wrong: number[] = [];
      for (let at = 0; at < all.length; at += size) {
        edge.push(all.subarray(at, at + size));
        if (edge.between !== edges.has(Math.min(at + size, all.length))) wrong.push(at);
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
