import { expect, test } from "vitest";
import { classifyScript } from "./classify-script.ts";

const classify = (sql: string) => classifyScript({ file: "0001_a.up.sql", sql, direction: "up", catalog: null });

test("each statement has its place, after what is written before it", async () => {
  const { statements } = await classify("-- é\nselect '🚤';  /* x */ do $$ begin end $$;\n\n  select 2");
  expect(statements.map(({ line, column }) => [line, column])).toEqual([
    [2, 1],
    [2, 22],
    [4, 3],
  ]);
});

test("what no rule knows is unknown, and so is a file that cannot be read", async () => {
  expect(await classify("do $$ begin perform f(); end $$")).toMatchObject({
    phase: "unknown",
    statements: [{ compatibility: "unknown" }],
  });
  expect(await classify("create tabel x ()")).toMatchObject({ phase: "unknown" });
});
