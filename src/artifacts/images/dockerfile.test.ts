import { describe, expect, it } from "vitest";
import { copiesOf } from "./dockerfile.ts";

describe("copiesOf", () => {
  it.each<[string, string, readonly string[] | "everything"]>([
    ["plain paths", "FROM a\nCOPY package.json lib/ ./\nADD ./x /x", ["package.json", "lib", "x"]],
    [
      "not of other stages or the network",
      "FROM a\nCOPY --from=b /x /y\nADD https://e.example/f /f\nCOPY --chown=1:1 z /z",
      ["z"],
    ],
    ["lists", 'FROM a\nCOPY ["a b", "c", "/d/"]', ["a b", "c"]],
    ["joined lines, comments in between", "FROM a\nCOPY a \\\n# no\n  b \\\n\n  /c", ["a", "b"]],
    ["another escape", "# escape=`\nFROM a\nCOPY a `\n b", ["a"]],
    ["the folder of a pattern", "FROM a\nCOPY services/*/package.json src/**/x.js /", ["services", "src"]],
    ["everything", "FROM a\nCOPY . .", "everything"],
    ["a variable", "FROM a\nCOPY $X /", "everything"],
    ["a pattern in the root", "FROM a\nCOPY *.json /", "everything"],
    [
      "bind mounts",
      "FROM a\nRUN --mount=type=bind,source=pnpm-lock.yaml,target=/l --mount=type=cache,target=/c x",
      ["pnpm-lock.yaml"],
    ],
    ["a bind mount of all", "FROM a\nRUN --mount=target=. make", "everything"],
    ["triggers", "FROM a\nONBUILD COPY x /", "everything"],
    ["here-documents", "FROM a\nCOPY <<EOF /x\nCOPY . .\nEOF\nRUN <<E\nCOPY . /\nE\nCOPY y /", ["y"]],
  ])("%s", (_, text, copies) => {
    expect(copiesOf(text)).toEqual(copies);
  });
});
