import { expect, test } from "vitest";
import { onDatabase } from "./named-database.ts";

test("a statement that names its own database means the scratch one", () => {
  const names = { real: "shop", here: "sampan_1_ab" };
  const on = (statement: string): string => onDatabase(statement, names);
  expect(on("alter database shop set search_path = a")).toBe('alter database "sampan_1_ab" set search_path = a');
  expect(on('GRANT CONNECT ON DATABASE "shop" TO app')).toBe('GRANT CONNECT ON DATABASE "sampan_1_ab" TO app');
  expect(on("alter role app in database Shop set x = 1")).toContain('"sampan_1_ab"');
  for (const other of [
    "alter database shops set x = 1",
    "create table shop (id int)",
    'alter database "Shop" set x = 1',
  ])
    expect(on(other)).toBe(other);
  expect(onDatabase('comment on database "a""b" is \'x\'', { real: 'a"b', here: 'c"d' })).toBe(
    'comment on database "c""d" is \'x\'',
  );
  expect(onDatabase("alter database shop set x = 1", undefined)).toBe("alter database shop set x = 1");
});
