import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_BYTES, parseYaml } from "./parse-yaml.ts";
import { offsetsAt } from "./yaml-tree.ts";

const codes = (text: string) =>
  parseYaml(text, "f").problems.map(({ code, line, column }) => `${code} ${line}:${column}`);

/** Nine lists of nine aliases each: a billion values. */
const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"]
  .concat(
    [..."bcdefghi"].map((name, at) => {
      const before = "abcdefgh"[at];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`;
    }),
  )
  .join("\n");

describe("parseYaml", () => {
  it("gives plain data with the place of each value and key", () => {
    const text = "a: 1\nlist:\n  - x\n  - { k: [true, ~] }\n";
    const { tree, place, problems } = parseYaml(text, "f");
    expect(problems).toEqual([]);
    expect(JSON.parse(JSON.stringify(tree?.value))).toEqual({ a: 1, list: ["x", { k: [true, null] }] });
    if (tree === null) throw new Error("no tree");
    expect(place(offsetsAt(tree, ["list", 1, "k", 0]).value)).toEqual({ line: 4, column: 11 });
    expect(place(offsetsAt(tree, ["list", 1, "k", 0]).key)).toEqual({ line: 4, column: 11 });
    expect(place(offsetsAt(tree, ["list"]).key)).toEqual({ line: 2, column: 1 });
    expect(place(offsetsAt(tree, ["list", 1, "missing", "deeper"]).value)).toEqual({ line: 4, column: 5 });
  });

  it.each([
    ["an open bracket", "a: [1, 2", "yaml-syntax 1:9"],
    ["a tab", "a:\n\t- b", "yaml-syntax 2:1"],
    ["a mapping in a line", "a: b: c", "yaml-syntax 1:4"],
    ["a tag", "a: !!js/function x", "yaml-syntax 1:4"],
    ["two documents", "a: 1\n---\nb: 2", "yaml-syntax 2:1"],
    ["a duplicate key, deep inside", "a:\n  b: { c: 1, c: 2 }", "duplicate-key 2:14"],
    ["not a number that can be kept", "a: .nan", "bad-value 1:4"],
    ["an alias of itself", "a: &a [*a]", "yaml-too-deep 1:7"],
    ["an alias bomb", bomb, "yaml-alias-bomb"],
    ["deep nesting", "[".repeat(200) + "]".repeat(200), "yaml-too-deep 1:66"],
    ["nesting without an end", "[".repeat(20_000), "yaml"],
    ["maps without an end", "{a: ".repeat(20_000), "yaml"],
    ["more than can be meant", `[${"a,".repeat(1_500_000)}]`, "yaml-too-many-values 1:1"],
    ["a file that is too large", "a".repeat(MAX_BYTES + 1), "file-too-large null:null"],
  ])("refuses %s", (_what, text, problem) => {
    const told = codes(text);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(20);
    expect(told[0]).toContain(problem);
  });

  it("keeps what a repeated key said first, and goes on", () => {
    const { tree, problems } = parseYaml("a: 1\na: 2\nb: 3\n", "f");
    expect({ ...(tree?.value as object) }).toEqual({ a: 1, b: 3 });
    expect(problems).toHaveLength(1);
  });

  it("property: any text is data or problems, with places in the text", () => {
    const yamlish = fc
      .array(
        fc.constantFrom(
          "a",
          ":",
          " ",
          "\n",
          "- ",
          "[",
          "]",
          "{",
          "}",
          ",",
          "&x ",
          "*x",
          '"',
          "'",
          "|",
          ">",
          "#",
          "!",
          "?",
          "%",
          "---\n",
          "\t",
          "é",
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), yamlish), (text) => {
        const { tree, problems } = parseYaml(text, "f");
        expect(tree !== null || problems.length > 0).toBe(true);
        const lines = text.split(/\r\n|\n|\r/).length;
        for (const one of problems) {
          expect(one.line).toBeGreaterThanOrEqual(1);
          expect(one.line).toBeLessThanOrEqual(lines + 1);
          expect(one.column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
