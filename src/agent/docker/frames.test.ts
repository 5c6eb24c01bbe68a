import fc from "fast-check";
import { expect, it } from "vitest";
import { unframed } from "./frames.ts";

const frame = (stream: number, bytes: Uint8Array): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};

async function* cut(whole: Buffer, at: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const length of at) {
    if (from >= whole.length) return;
    yield whole.subarray(from, from + length);
    from += length;
  }
  if (from < whole.length) yield whole.subarray(from);
}

it("property: gives each stream's bytes in their order, wherever the pieces are cut", async () => {
  const written = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(written, fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 60 }), async (frames, cuts) => {
      const whole = Buffer.concat(frames.map(([stream, bytes]) => frame(stream, bytes)));
      const read: Record<number, Buffer[]> = { 1: [], 2: [] };
      for await (const { stream, bytes } of unframed(cut(whole, cuts))) read[stream]?.push(Buffer.from(bytes));
      for (const stream of [1, 2]) {
        const expected = Buffer.concat(frames.filter(([own]) => own === stream).map(([, bytes]) => bytes));
        expect(Buffer.concat(read[stream] ?? [])).toEqual(expected);
      }
    }),
    { numRuns: 50 },
  );
});

it("keeps no more than a piece of a frame that says that it is endless", async () => {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(0xff_ff_ff_ff, 4);
  async function* endless() {
    yield header;
    for (let left = 100; left > 0; left -= 1) yield Buffer.alloc(128 * 1024);
  }
  let largest = 0;
  for await (const { bytes } of unframed(endless())) largest = Math.max(largest, bytes.length);
  expect(largest).toBe(64 * 1024);
});
