import { describe, expect, it } from "vitest";
import { createMask, maskChunks } from "../src/variables/mask.ts";
import { looksSecret } from "../src/variables/secrecy.ts";
import { ENCODINGS, needlesOf, SHAPES, searcherFor } from "./canaries.ts";

const secrets = Object.entries(SHAPES).map(([name, { value }]) => ({ name, value }));
const leaks = searcherFor(SHAPES);
const all = Object.entries(SHAPES).flatMap(([name, { value }]) =>
  Object.entries(ENCODINGS).map(([encoding, encode]) => [name, encoding, encode(value)] as const),
);

describe("12 shapes in 14 encodings", () => {
  it("are that many, and all of them would be found", () => {
    expect([Object.keys(SHAPES).length, Object.keys(ENCODINGS).length, all.length]).toEqual([12, 14, 168]);
    for (const [name, encoding, text] of all)
      expect(leaks(`before ${text} after`), `${name} ${encoding}`).toContainEqual(expect.stringContaining(name));
    for (const { text } of needlesOf(SHAPES)) expect(leaks(`x${text}y`)).not.toEqual([]);
    expect(leaks("no canary sings here, nor kanarie alone")).toEqual([]);
  });

  it("are secrets by their names or their values", () => {
    for (const { name, value } of secrets) expect(looksSecret(name, value), name).toBe(true);
  });

  it.each(all)("%s %s is masked", (_name, _encoding, text) => {
    const mask = createMask(secrets);
    for (const around of [text, `a${text}b`, `{"k":"${text}"}`, `--token=${text}`])
      expect(leaks(mask(around))).toEqual([]);
    // Wherever a stream is cut.
    for (const at of [1, Math.floor(text.length / 2), text.length - 1]) {
      const chunks = maskChunks(secrets);
      const out = chunks.push(`x ${text.slice(0, at)}`) + chunks.push(`${text.slice(at)} y\n`) + chunks.end();
      expect(leaks(out)).toEqual([]);
    }
  });
});
