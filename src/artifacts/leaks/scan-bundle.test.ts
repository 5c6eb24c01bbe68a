import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENCODINGS, SHAPES } from "../../../test/canaries.ts";
import { temporaryFolder } from "../../../test/temporary-repository.ts";
import { secretForms } from "../../variables/secret-forms.ts";
import { worthFinding } from "../../variables/worth-finding.ts";
import { findValues } from "./find-values.ts";
import { searcher } from "./needles.ts";
import { scanBundleForSecrets } from "./scan-bundle.ts";

const signal = AbortSignal.timeout(120_000);
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string, content: string | Buffer): string => {
  const at = join(folder, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, content);
  return at;
};

const SECRET = 'p@ss w0rd/+"ß\\';
const encoded = (bytes: string) => Buffer.from(bytes).toString("base64");

describe("scanBundleForSecrets", () => {
  it.each<[string, string]>([
    ["as it is", `password=${SECRET};`],
    ["in base64", encoded(SECRET)],
    ["in base64, after one byte", encoded(`:${SECRET}`)],
    ["in base64, within a header", encoded(`user:${SECRET} and more`)],
    ["in base64url", Buffer.from(`u${SECRET}`).toString("base64url")],
    ["URL-encoded", `postgres://u:${encodeURIComponent(SECRET)}@db/x`],
    ["URL-encoded in lower case", encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ["in a form", new URLSearchParams({ a: SECRET }).toString()],
    ["in JSON", JSON.stringify({ a: SECRET })],
    ["in JSON with escapes", JSON.stringify({ a: SECRET }).replace("ß", "\\u00df")],
    ["in hex", Buffer.from(SECRET).toString("hex")],
    ["in upper case hex", Buffer.from(SECRET).toString("hex").toUpperCase()],
    ["among bytes", `\0\0\x01${SECRET}\0`],
  ])("finds a value %s", async (name, text) => {
    const own = join("forms", name.replaceAll(/\W/g, "-"));
    write(join(own, "dist", "main.js"), `first line\n${text}\n`);
    const leaks = await scanBundleForSecrets(
      join(folder, own),
      { values: { TOKEN: SECRET, OTHER: "something else" } },
      signal,
    );
    expect(leaks).toEqual([{ file: "dist/main.js", line: 2, name: "TOKEN" }]);
    expect(JSON.stringify(leaks)).not.toContain("w0rd");
  });

  it("finds every canary in every encoding, each in a file of its own, by what is looked for in images as well", async () => {
    const files = Object.entries(SHAPES).flatMap(([name, { value }]) =>
      Object.entries(ENCODINGS).map(([encoding, encode]) => ({
        name,
        file: `${name}.${encoding}`,
        text: encode(value),
      })),
    );
    for (const { file, text } of files) write(join("canaries", file), `x=${text}\n`);
    const values = Object.fromEntries(Object.entries(SHAPES).map(([name, { value }]) => [name, value]));
    for (const worth of [undefined, worthFinding]) {
      const options = { values, ...(worth === undefined ? {} : { worth }) };
      const leaks = await scanBundleForSecrets(join(folder, "canaries"), options, signal);
      const found = new Set(leaks.map(({ file, name }) => `${file} ${name}`));
      expect(files.filter(({ file, name }) => !found.has(`${file} ${name}`)).map(({ file }) => file)).toEqual([]);
    }
  });

  it("finds the password of a connection URL alone, and values in node_modules", async () => {
    write("url/node_modules/x/index.js", "const a = 'hunter2hunter2';\n");
    const values = { DATABASE_URL: "postgres://user:hunter2hunter2@db.internal:5432/app" };
    expect(await scanBundleForSecrets(join(folder, "url"), { values }, signal)).toEqual([
      { file: "node_modules/x/index.js", line: 1, name: "DATABASE_URL" },
    ]);
  });

  it("says nothing of short or empty values", async () => {
    write("short/a.txt", "a bc 1234 a\n");
    const values = { A: "", B: "a", C: "1234", D: "  " };
    expect(await scanBundleForSecrets(join(folder, "short"), { values }, signal)).toEqual([]);
  });

  it("finds a value across the border of two pieces of a large file, at its line, in bounded memory", async () => {
    const size = 64 * 1024 * 1024;
    const bytes = Buffer.alloc(size, "0123456789abcde\n");
    const places = [1024 * 1024 - 5, 2 * 1024 * 1024 - 1, 3 * 1024 * 1024, size - SECRET.length - 2];
    for (const place of places) bytes.write(SECRET, place);
    const path = write("large.bin", bytes);
    const needles = [...secretForms(SECRET)].map((form) => ({ name: "A", bytes: Buffer.from(form) }));
    const longest = Math.max(...needles.map((needle) => needle.bytes.length));
    const found = await findValues(path, { search: searcher(needles), longest, signal });
    const lines = places.map((place) => bytes.subarray(0, place).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 1));
    expect(found.map(({ line }) => line)).toEqual(lines);
  });
});

it("finds any value in its usual forms, whatever stands around it", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" }),
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      (value, before, after) => {
        fc.pre(value.trim() === value && Buffer.byteLength(value) >= 8 && value.isWellFormed());
        const search = searcher([...secretForms(value)].map((form) => ({ name: "A", bytes: Buffer.from(form) })));
        const texts = [
          before + value + after,
          encoded(before + value + after),
          before + encodeURIComponent(value) + after,
          JSON.stringify({ [before]: value }),
          Buffer.from(value).toString("hex"),
        ];
        for (const text of texts) expect(search(Buffer.from(text)).length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});

it("finds every place of every needle, those that overlap too", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 200 });
  const needle = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(fc.uniqueArray(needle, { minLength: 1, maxLength: 5 }), text, (needles, within) => {
      const search = searcher(needles.map((one) => ({ name: one, bytes: Buffer.from(one) })));
      const found = search(Buffer.from(within)).map(({ name, offset }) => `${offset} ${name}`);
      const there = needles.flatMap((one) =>
        [...within].flatMap((_, offset) => (within.startsWith(one, offset) ? [`${offset} ${one}`] : [])),
      );
      expect(found.sort()).toEqual(there.sort());
    }),
    { numRuns: 500 },
  );
});
