import { expect, test } from "vitest";
import { otherwise, type Seen, type Standing } from "./seen.ts";

const seen = (rows: readonly unknown[][], written: readonly string[] = [], ordered = false): Seen => ({
  error: null,
  fields: ["a 23"],
  rows: rows.map((row) => JSON.stringify(row)),
  ordered,
  written,
  stood: {},
});

const wrote = (...rows: readonly object[]): readonly string[] =>
  rows.map((row) => `+public.posts ${JSON.stringify(row)}`);

test("a sequence gives other numbers, of more digits even, and that is no change", () => {
  const [first, second, now] = [8, 10, 99].map((id) =>
    seen([[id]], wrote({ id, code: "p1", n: 1 }, { id: id + 1, code: "p2", n: 2 })),
  ) as [Seen, Seen, Seen];
  expect(otherwise({ first, second }, now)).toBeNull();
  const other = seen([[120]], wrote({ id: 120, code: "p1", n: 1 }, { id: 121, code: "p2", n: 7 }));
  expect(otherwise({ first, second }, other)).toBe("writes other values: n");
});

test("values put together otherwise are other rows, though each column holds the same ones", () => {
  const first = seen([], wrote({ a: 1, b: 1 }, { a: 2, b: 2 }));
  expect(otherwise({ first, second: first }, seen([], wrote({ a: 1, b: 2 }, { a: 2, b: 1 })))).toContain("together");
});

test("a column that was added is no business of old code; one that is gone is", () => {
  const first = seen([], wrote({ a: 1, b: 2 }));
  expect(otherwise({ first, second: first }, seen([], wrote({ a: 1, b: 2, c: 3 })))).toBeNull();
  expect(otherwise({ first, second: first }, seen([], wrote({ a: 1 })))).toBe("writes other values: b");
});

test("what goes away is known by what the migration did not touch", () => {
  const posts = (stood: Standing[string], ...written: readonly string[]): Seen => ({
    ...seen([], written),
    stood: { "public.posts": stood },
  });
  const first = posts({ id: "1\n2", a: "1\n2" }, '-public.posts {"id":1,"a":1}', '+public.posts {"id":1,"a":9}');
  const same = { first, second: first };
  const migrated = { id: "1\n2", a: "7\n7" };
  const after = (...written: readonly string[]) => otherwise(same, posts(migrated, ...written));
  expect(after('-public.posts {"id":1,"a":7}', '+public.posts {"id":1,"a":9}')).toBeNull();
  // Another row, told by its key; another value written; another table.
  expect(after('-public.posts {"id":2,"a":7}', '+public.posts {"id":1,"a":9}')).toBe("writes other values: id");
  expect(after('-public.posts {"id":1,"a":7}', '+public.posts {"id":1,"a":3}')).toBe("writes other values: a");
  expect(after('-public.other {"id":1,"a":7}', '+public.posts {"id":1,"a":9}')).toContain("other tables");
  expect(after('+public.posts {"id":1,"a":7}', '+public.posts {"id":1,"a":9}')).toContain("otherwise");
  // Where nothing was touched, all of it counts.
  const untouched = posts({ id: "1\n2", a: "1\n2" }, '-public.posts {"id":1,"a":2}', '+public.posts {"id":1,"a":9}');
  expect(otherwise(same, untouched)).toBe("writes other values: a");
});

test("an order counts where it is asked for, and rows count by number and value", () => {
  const first = seen([[1], [2]]);
  expect(otherwise({ first, second: first }, seen([[2], [1]]))).toBeNull();
  const sorted = seen([[1], [2]], [], true);
  expect(otherwise({ first: sorted, second: sorted }, seen([[2], [1]], [], true))).toBe("answers other values");
  expect(otherwise({ first, second: first }, seen([[1]]))).toBe("answers 1 rows, before 2");
  expect(otherwise({ first, second: first }, seen([[1], [3]]))).toBe("answers other values");
  expect(otherwise({ first, second: first }, { ...first, error: "no (42P01)" })).toBe("no (42P01)");
  expect(otherwise({ first, second: first }, { ...first, fields: ["a 20"] })).toContain("answers columns");
  expect(otherwise({ first, second: first }, seen([[1], [2]], wrote({ a: 1 })))).toBe("writes 1 rows, before 0");
});
