import fc from "fast-check";
import { expect, test } from "vitest";
import { seed } from "../../../test/campaign.ts";
import { CORPUS } from "../../../test/migrations/classify/corpus.ts";
import { classifyScript } from "./classify-script.ts";
import { RULES } from "./rules/all.ts";

const names = new Set(RULES.map(({ name }) => name));
const pieces = CORPUS.flatMap(({ sql }) => sql).flatMap((sql) => sql.split(/(?<=[\s();,])/));
const classify = (sql: string) => classifyScript({ file: "a.sql", sql, direction: "up", catalog: null });

const sound = async (sql: string): Promise<void> => {
  const { statements, problems, phase } = await classify(sql);
  if (statements.length === 0 && problems.length > 0) expect(phase).toBe("unknown");
  const lines = sql.split("\n").length;
  for (const one of statements) {
    expect(names).toContain(one.rule);
    expect(one.line).toBeLessThanOrEqual(lines);
    if (one.compatibility === "unknown") expect(phase).toBe("unknown");
  }
};

test("whatever is in a file, something is said of it and nothing is thrown", async () => {
  const shuffled = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(""));
  const joined = fc
    .array(fc.constantFrom(...CORPUS.flatMap(({ sql }) => sql)), { maxLength: 8 })
    .map((all) => all.join(";\n-- é🚤\n"));
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), shuffled, joined);
  await fc.assert(fc.asyncProperty(text, sound), { seed, numRuns: 400 });
}, 60_000);

test.each([
  ["nothing", ""],
  ["spaces", " \n\t "],
  ["a comment", "-- nothing here"],
  ["an open string", "select 'a"],
  ["an open dollar quote", "do $$ begin"],
  ["NUL", "select 1;\0drop table t"],
  ["a lone surrogate", "select '\ud800'"],
  ["deep parentheses", `select ${"(".repeat(20_000)}1${")".repeat(20_000)}`],
  ["many statements", "alter table t add column a int;\n".repeat(5_000)],
  ["one long line", `insert into t values ${Array.from({ length: 20_000 }, (_, n) => `(${n}, 'é')`).join(", ")}`],
])(
  "%s",
  async (_, sql) => {
    await sound(sql);
  },
  60_000,
);
