import { expect, test } from "vitest";
import { parseBatches } from "./parse-batches.ts";

const HEADER = "-- sampan: batches of 1000 by users.id, pause 50ms\n";
const problemsOf = async (text: string) =>
  (await parseBatches("0001_x.data.sql", text)).problems.map(({ code, line, column }) => `${code} ${line}:${column}`);

test("the header says how much, by what and how fast", async () => {
  const batches = async (header: string) =>
    (await parseBatches("f", `${header}\nupdate users set a = 1 where id between :from and :to`)).batches;
  expect(await batches("-- sampan: batches of 1000 by users.id, pause 50ms")).toEqual({
    ...{ schema: null, table: "users", key: "id", size: 1000, pause: 50 },
  });
  expect(await batches('-- why\n--  sampan: batches of 5 by "Shop".users.id')).toEqual({
    ...{ schema: "Shop", table: "users", key: "id", size: 5, pause: 0 },
  });
  expect(await batches("-- sampan: batches of 5 by Users.ID, pause 2s")).toMatchObject({
    table: "users",
    key: "id",
    pause: 2000,
  });
});

test.each([
  ["update users set a = 1 where id between :from and :to"],
  ["update users u set a = 1 where u.id between :from and :to and (a is null or b)"],
  ["delete from users where id >= :from and id <= :to"],
  [
    "insert into copies (id) select id from users where id between :from::bigint and :to::bigint on conflict do nothing",
  ],
  [
    "update users set a = ':from' || b::text where id between :FROM and :to; update b set c = 1 where id between :from and :to",
  ],
])("bounded: %s", async (sql) => {
  expect(await problemsOf(HEADER + sql)).toEqual([]);
});

test.each([
  ["no header", "update users set a = 1 where id between :from and :to", ["batches-undeclared 1:1"]],
  ["a wrong header", "\n-- sampan: batches by users.id\nselect 1", ["batches-header 2:1"]],
  ["no rows", "-- sampan: batches of 0 by users.id\nselect 1", ["batches-header 1:1"]],
  ["no bound", `${HEADER}update users set a = 1`, ["batches-unbounded 2:1"]],
  ["half a bound", `${HEADER}update users set a = 1 where id >= :from`, ["batches-unbounded 2:1"]],
  ["a row left out", `${HEADER}update users set a = 1 where id > :from and id <= :to`, ["batches-unbounded 2:1"]],
  [
    "an OR beside it",
    `${HEADER}update users set a = 1 where id between :from and :to or a is null`,
    ["batches-unbounded 2:1"],
  ],
  ["another column", `${HEADER}update users set a = 1 where n between :from and :to`, ["batches-unbounded 2:1"]],
  ["the wrong way", `${HEADER}update users set a = 1 where id between :to and :from`, ["batches-unbounded 2:1"]],
  ["no rows at all", `${HEADER}\n  -- why\n  alter table users add a int`, ["batches-unbounded 4:3"]],
  ["no statement", HEADER, ["migration-empty 1:1"]],
  ["a mistake", `${HEADER}update users set a = 1 whre id between :from and :to`, ["migration-syntax 2:24"]],
])("refused: %s", async (_, text, problems) => {
  expect(await problemsOf(text)).toEqual(problems);
});

test("places in the statement stay what they are in the file", async () => {
  const { script } = await parseBatches(
    "f",
    `${HEADER}update users set é = 1 where id between :from and :to and nosuch`,
  );
  expect(script.statements[0]?.text).toBe("update users set é = 1 where id between $1    and $2  and nosuch");
});
