import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDotenv } from "./dotenv.ts";

const read = (text: string) => parseDotenv({ file: "env/x.env", text });
const values = (text: string) => Object.fromEntries(read(text).entries.map((entry) => [entry.name, entry.value]));
const codes = (text: string) =>
  read(text).problems.map((problem) => `${problem.code}:${problem.line}:${problem.column}`);

describe("parseDotenv", () => {
  it("reads what Node reads", () => {
    const text = [
      "# a comment",
      "PLAIN=value with spaces  ",
      "  INDENTED = 1",
      "export EXPORTED=2",
      "SINGLE='$(rm -rf /) ${HOME} `id` \"quoted\" \\n'",
      'DOUBLE="first\\nsecond" # comment',
      'BACK=`it\'s "both"`',
      "EMPTY=",
      "EMPTY_QUOTED=''",
      "URL=postgres://user:p%23ss@host:5432/db?x=1&y=2",
      "COMMENTED=value # comment",
      "PEM='-----BEGIN KEY-----",
      "MIIB+/=",
      "-----END KEY-----'",
      "LAST=1",
    ].join("\n");
    expect(read(text).problems).toEqual([]);
    expect(values(text)).toEqual({ ...parseEnv(text) });
    expect(values(text.replaceAll("\n", "\r\n"))).toEqual(values(text));
    expect(values(`\uFEFF${text}`)).toEqual(values(text));
  });

  it("knows the line of each name, behind values of several lines too", () => {
    const { entries } = read("A=1\n\nB='x\ny\n'\n# why\n  C=3 # optional\n");
    expect(entries.map(({ name, line, column }) => [name, line, column])).toEqual([
      ["A", 1, 1],
      ["B", 3, 1],
      ["C", 7, 3],
    ]);
    expect(entries[2]?.comments).toEqual(["why", "optional"]);
  });

  it("refuses what Node would cut, drop or overwrite without a word", () => {
    expect(codes("PASSWORD=ab#cd")).toEqual(["unquoted-hash:1:10"]);
    expect(codes("COLOR=#fff")).toEqual(["unquoted-hash:1:7"]);
    expect(codes('A="x\nB=2')).toEqual(["unterminated-quote:1:3"]);
    expect(codes('A="say \\"hi\\""')).toEqual(["text-after-quote:1:3"]);
    expect(codes("A=1\nB=2\nA=3")).toEqual(["duplicate-variable:3:1"]);
    expect(codes("nonsense")).toEqual(["malformed-line:1:1"]);
    expect(codes("=x\n1A=x\nA-B=x\nA B=x\n__proto__=x\n$(id)=x")).toHaveLength(6);
    expect(codes(`A=${"x".repeat(200_000)}`)).toEqual(["bad-variable-value:1:1"]);
    expect(codes("A='x\0y'")).toEqual(["bad-variable-value:1:1"]);
  });

  it("quotes nothing of a broken line, which may be the middle of a key", () => {
    const { problems } = read("KEY=-----BEGIN\nc2VjcmV0LXNlY3JldA==\nsecret secret\n'");
    expect(problems).toHaveLength(3);
    expect(JSON.stringify(problems)).not.toMatch(/c2VjcmV0|secret/);
  });

  it("gives back every value that can be written, byte for byte", () => {
    const value = fc.string({ unit: fc.constantFrom(..."ab $(){}`'\"\\\n\t#=é😀;&|<>%", "\\n", "\r"), maxLength: 24 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (written) => {
        const lines = written.map((text, index) => [`V${index}`, text, quoted(text)] as const);
        const writable = lines.filter(([, , line]) => line !== null);
        const text = writable.map(([name, , line]) => `${name}=${line}`).join("\n");
        expect(read(`${text}\n# end`).problems).toEqual([]);
        expect(values(`${text}\n# end`)).toEqual(
          Object.fromEntries(writable.map(([name, original]) => [name, original])),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("never throws, and agrees with Node wherever it finds no problem", () => {
    const line = fc.string({ unit: fc.constantFrom(..."AB=='\"`# \n\\nx$", "A=", "\nB="), maxLength: 30 });
    fc.assert(
      fc.property(line, (text) => {
        const { problems } = read(text);
        // Node lets a value that is missing take the next line; that is not worth having.
        if (problems.length === 0 && !/=[ \t]*(\n|$)/.test(text)) expect(values(text)).toEqual({ ...parseEnv(text) });
      }),
      { numRuns: 1000 },
    );
  });
});

/** Null where no quotes of a dotenv file can hold the value. */
function quoted(value: string): string | null {
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes("`")) return `\`${value}\``;
  if (!value.includes('"') && !value.includes("\\n")) return `"${value}"`;
  return null;
}
