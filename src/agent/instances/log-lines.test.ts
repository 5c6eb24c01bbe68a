import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../io/clock.ts";
import { GrowingFile } from "../../io/growing-file.ts";
import { logLines } from "./log-lines.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sampan-logs-"));
  path = join(folder, "1.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

async function all(file: GrowingFile): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of logLines(file, { follow: false, signal: never, clock: systemClock })) lines.push(...batch);
  return lines;
}

it.each([
  ["nothing", "", []],
  ["a half line", "one\ntwo", ["one", "two"]],
  ["empty lines", "\n\na\n\n", ["", "", "a", ""]],
  ["carriage returns", "a\r\nb\r\n", ["a", "b"]],
  ["colours", "\u001b[31mred\u001b[0m\n", ["\u001b[31mred\u001b[0m"]],
])("reads %s", async (_, text, lines) => {
  writeFileSync(path, text);
  expect(await all(new GrowingFile(path, 2))).toEqual(lines);
});

it("reads what is no UTF-8, and does not tear a character where a read ends", async () => {
  const boats = "\u{1F6F6}".repeat(40_000);
  writeFileSync(
    path,
    Buffer.concat([Buffer.from([0x61, 0xff, 0xfe, 0x0a]), Buffer.from(`x${boats.slice(0, 20_000)}\n`)]),
  );
  const [broken, whole] = await all(new GrowingFile(path, 2));
  expect(broken).toBe("a\ufffd\ufffd");
  expect(whole).toBe(`x${boats.slice(0, 20_000)}`);
});

it("cuts a line at 64 KiB and reads the next one whole", async () => {
  writeFileSync(path, `${"a".repeat(300_000)}\nnext\n`);
  const [long, next] = await all(new GrowingFile(path, 2));
  expect(long).toBe("a".repeat(64 * 1024));
  expect(next).toBe("next");
});

it("reads through any sequence of writes and rotations the newest lines, in order, without a gap", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), lines: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("rotate" as const) }),
    fc.record({ kind: fc.constant("reopen" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const name of ["", ".1", ".2"]) rmSync(`${path}${name}`, { force: true });
      writeFileSync(path, "");
      let file = new GrowingFile(path, 2);
      let next = 0;
      let rotations: number[] = [];
      for (const { kind, ...rest } of steps) {
        if (kind === "write" && "lines" in rest) {
          for (let nth = 0; nth < Number(rest.lines); nth += 1) appendFileSync(path, `line ${next++}\n`);
        } else if (kind === "rotate") {
          await file.rotate(1_000_000);
          rotations = [...rotations, next];
        } else file = new GrowingFile(path, 2);
      }
      // Two rotated files are kept: what is older than three rotations is gone.
      const first = rotations.at(-3) ?? 0;
      expect(await all(file)).toEqual(Array.from({ length: next - first }, (_, nth) => `line ${first + nth}`));
    }),
    { numRuns: 60 },
  );
});

it("follows a file that is written and rotated meanwhile", async () => {
  writeFileSync(path, "");
  const file = new GrowingFile(path, 2);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const batch of logLines(file, { follow: true, signal: stop.signal, clock: systemClock })) {
      seen.push(...batch);
      if (seen.includes("line 1999")) stop.abort();
    }
  })();
  for (let nth = 0; nth < 2000; nth += 1) {
    appendFileSync(path, `line ${nth}\n`);
    if (nth % 500 === 250) {
      // The reader keeps up with two rotated files behind it.
      await expect.poll(() => seen.length, { interval: 5 }).toBeGreaterThan(nth - 500);
      await file.rotate(1_000_000);
    }
  }
  await following;
  expect(seen).toEqual(Array.from({ length: 2000 }, (_, nth) => `line ${nth}`));
});

it("ends at what was there when it was asked, also while more is written", async () => {
  writeFileSync(path, "line\n".repeat(50_000));
  const file = new GrowingFile(path, 2);
  const writing = setInterval(() => appendFileSync(path, "more\n".repeat(100_000)), 1);
  try {
    expect((await all(file)).filter((line) => line === "line")).toHaveLength(50_000);
  } finally {
    clearInterval(writing);
  }
});

it("keeps the newest of a flood, says what is missing, and makes no line of two halves", async () => {
  writeFileSync(path, "begun");
  const file = new GrowingFile(path, 2);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const batch of logLines(file, { follow: true, signal: stop.signal, clock: systemClock })) {
      seen.push(...batch);
      if (seen.includes("the end")) stop.abort();
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 100));
  // Within one tick: the reader cannot have seen it before it is rotated away.
  appendFileSync(path, `\n${"flood\n".repeat(300_000)}the end\n`);
  await file.rotate(300_000);
  await following;
  expect(statSync(`${path}.1`).size).toBeLessThan(700_000);
  expect(seen.at(-1)).toBe("the end");
  const holes = seen.filter((line) => line.startsWith("sampan: "));
  expect(holes).toHaveLength(1);
  const known = ["begun", "flood", "the end", ...holes];
  // Around the hole stands what is left of the lines that it cut.
  expect(seen.filter((line) => !known.includes(line) && !"flood".endsWith(line) && !"flood".startsWith(line))).toEqual(
    [],
  );
});

it("answers every read with the bytes of its position, whatever is rotated under it", async () => {
  writeFileSync(path, "");
  const file = new GrowingFile(path, 2);
  let written = Buffer.alloc(0);
  const write = (round: number) => {
    const bytes = Buffer.alloc(4096, `${round},`);
    appendFileSync(path, bytes);
    written = Buffer.concat([written, bytes]);
  };
  for (let round = 0; round < 150; round += 1) {
    write(round);
    const reads: Promise<void>[] = [];
    let rotated = false;
    const rotation = file.rotate(1_000_000).then(() => {
      // Grown again at once: a stale offset would find bytes there, the wrong ones.
      write(round + 1000);
      rotated = true;
    });
    while (!rotated) {
      const buffer = Buffer.alloc(512);
      const position = written.length - 600;
      reads.push(
        file.read(position, buffer).then(({ bytes, next }) => {
          expect(buffer.subarray(0, bytes).equals(written.subarray(next - bytes, next))).toBe(true);
        }),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rotation;
    await Promise.all(reads);
  }
});

it("keeps two rotated files and no more", async () => {
  writeFileSync(path, "");
  const file = new GrowingFile(path, 2);
  for (let nth = 0; nth < 5; nth += 1) {
    appendFileSync(path, `${nth}\n`);
    await file.rotate(1_000_000);
  }
  expect(statSync(path).size).toBe(0);
  expect([`${path}.1`, `${path}.2`, `${path}.3`, `${path}.new`].map(existsSync)).toEqual([true, true, false, false]);
});
