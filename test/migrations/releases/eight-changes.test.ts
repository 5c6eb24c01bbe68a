import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testPostgres } from "../../postgres.ts";
import { sinkFleet } from "../../tiny/tiny-fleet.ts";
import { type Code, type End, type ShopFleet, shopFleet } from "./shop-fleet.ts";

/**
 * Eight changes that teams make, each taken through the command line to its end on a fleet that serves: what is said of it, what is proven, and
 * then the exit code, the database and who serves. They follow each other, as they do.
 */
const postgres = testPostgres();
let shop: ShopFleet;

beforeAll(async () => {
  shop = await shopFleet(await postgres.database());
  shop.fleet.write(
    "services/audit/behaviour.json",
    JSON.stringify({ version: "1", sql: { work: "select count(*)::int as n from orders" } }),
  );
  shop.migration(
    "0001_orders",
    `create type state as enum ('open', 'paid');
create table orders (id int generated always as identity primary key, code varchar(10) not null, note text, state state not null default 'open');
grant select, insert, update, delete on orders to shop_app;
grant select on orders to audit_app;`,
    "drop table orders;\ndrop type state;",
  );
  shop.commit(FIRST);
}, 120_000);
afterAll(async () => {
  if (shop !== undefined) await sinkFleet(shop.fleet);
}, 60_000);

const list = "select id, code, note, state from orders order by id desc limit 5";
const add = (columns: string, values: string): string => `insert into orders (${columns}) values (${values})`;
const code = "'c-' || substr(gen_random_uuid()::text, 1, 6)";
const FIRST: Code = { version: "1", sql: { work: list, list, add: add("code, note", `${code}, 'new'`) } };
/** The next version, with some of its statements others. */
const next = (from: Code, version: string, sql: Code["sql"] = {}, knows = from.knows): Code => ({
  version,
  sql: { ...from.sql, ...sql },
  ...(knows === undefined ? {} : { knows }),
});

const columns = async (): Promise<readonly unknown[]> =>
  (
    await shop.rows(
      "select column_name from information_schema.columns where table_name = 'orders' order by ordinal_position",
    )
  ).map(({ column_name }) => column_name);
/** Nothing but what is said: one problem, one line. */
const told = ({ problems }: End): string => {
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).not.toContain("\n");
  return problems[0]?.message ?? "";
};
const serving = async (version: string): Promise<void> => {
  expect(await shop.serves("shop")).toEqual({ status: 200, version });
  expect(await shop.serves("audit")).toEqual({ status: 200, version: "1" });
};
const verified = async (...args: string[]): Promise<End> => {
  const end = await shop.run(...args);
  expect({ code: end.code, status: end.status, problems: end.problems }, end.stderr).toEqual({
    code: 0,
    status: "verified",
    problems: [],
  });
  return end;
};
/** What `migrations status` says of the shop. */
const status = async (): Promise<unknown> =>
  JSON.parse((await shop.run("migrations", "status", "staging")).stdout).environments[0].services[0];
/** Refused before anything was done: by the proof, in one line, with the check or the statement that says so. */
const unborne = async (version: string, ...said: readonly string[]): Promise<End> => {
  const end = await shop.run("deploy", "staging");
  expect({ code: end.code, codes: end.problems.map(({ code }) => code) }, end.stderr).toMatchObject({ code: 3 });
  for (const text of said) expect(end.problems.map(({ message }) => message).join("\n")).toContain(text);
  for (const { message } of end.problems) expect(message).not.toContain("\n");
  await serving(version);
  return end;
};
const PROOF = /prove shop (reversal|old-on-new|neighbours|rollback|locks)/;

describe("eight changes of a schema", { timeout: 120_000 }, () => {
  it("begin with a fleet of two services on one database", async () => {
    await verified("deploy", "staging");
    await serving("1");
  });

  it("a column more: old code bears it, and a rollback leaves it there", async () => {
    shop.migration("0002_phone", "alter table orders add column phone text;", "alter table orders drop column phone;");
    shop.commit(PHONE);
    const { stderr } = await verified("deploy", "staging");
    for (const part of ["reversal", "old-on-new", "neighbours", "rollback", "locks"])
      expect(stderr).toContain(`✓ prove shop ${part}: `);
    expect(stderr).toContain("audit as audit_app: all bear it");
    expect(stderr).toContain("a rollback keeps it");
    await serving("2");
    await verified("rollback", "staging");
    await serving("1");
    expect(await columns()).toEqual(["id", "code", "note", "state", "phone"]);
    await verified("deploy", "staging");
    await serving("2");
  });

  it("a column of another name: refused with the way that works, then done so in three releases", async () => {
    shop.migration(
      "0003_remark",
      "alter table orders rename column note to remark;",
      "alter table orders rename column remark to note;",
    );
    shop.commit(next(PHONE, "3"));
    const refused = await shop.run("deploy", "staging");
    expect(refused.code).toBe(3);
    expect(told(refused)).toContain("0003_remark.up.sql: rename-column: old code asks for the old name");
    const file = expect.stringContaining("/repo/services/shop/migrations/0003_remark.up.sql");
    expect(refused.problems[0]).toMatchObject({ code: "migration-breaks-old-code", file, line: 1, column: 1 });
    expect(refused.problems[0]?.hint).toContain("add the new column and a trigger that keeps both alike");
    expect(refused.stderr).not.toMatch(PROOF);
    expect(await columns()).toContain("note");
    await serving("2");

    await shop.rows("insert into orders (code, note) select 'old-' || g, 'n' || g from generate_series(1, 250) g");
    shop.migration(
      "0003_remark",
      "alter table orders add column remark text;",
      "alter table orders drop column remark;",
    );
    shop.migration(
      "0004_fill",
      "-- sampan: batches of 100 by orders.id\nupdate orders set remark = note where id between :from and :to and remark is null;",
    );
    shop.commit(BOTH);
    await verified("deploy", "staging");
    expect(await shop.rows("select from orders where note is distinct from remark")).toEqual([]);

    shop.migration("0005_no_note", "alter table orders drop column note;", "alter table orders add column note text;");
    shop.commit(REMARK);
    expect(await status()).toMatchObject({
      pending: [],
      waiting: [
        { name: "0005_no_note", phase: "contract", why: expect.stringContaining("runs and needs the old form") },
      ],
    });
    const second = await verified("deploy", "staging");
    expect(second.stderr).not.toMatch(PROOF);
    expect(await columns()).toContain("note");
    expect(await status()).toMatchObject({
      pending: [{ name: "0005_no_note", phase: "contract", when: "before" }],
      waiting: [],
    });

    shop.commit(next(REMARK, "5"));
    const third = await verified("deploy", "staging");
    expect(third.stderr).toContain("✓ prove shop old-on-new: ");
    expect(await columns()).toEqual(["id", "code", "state", "phone", "remark"]);
    await serving("5");
  });

  it("a column that must not be null: refused by rule, and by its proof where the rule is overruled", async () => {
    const up = "alter table orders add column city text not null;";
    const down = "alter table orders drop column city;";
    shop.migration("0006_city", up, down);
    shop.commit(CITY);
    const refused = await shop.run("deploy", "staging");
    expect(refused.code).toBe(3);
    expect(told(refused)).toContain("add-column-not-null: it fails where there are rows");
    expect(refused.problems[0]?.hint).toContain("add it nullable or with a default");
    shop.migration("0006_city", `-- sampan: allow add-column-not-null because nobody writes at night\n${up}`, down);
    shop.commit(CITY);
    await unborne("5", "0006_city", 'column "city" of relation "orders" contains null values');
    expect(await columns()).not.toContain("city");

    shop.migration("0006_city", "alter table orders add column city text not null default 'Hue';", down);
    shop.commit(CITY);
    await verified("deploy", "staging");
    expect(await columns()).toContain("city");
    await serving("6");
  });

  it("a value of an enum that old code cannot read: refused until the code that runs knows it", async () => {
    const known = ["open", "paid"];
    shop.commit(next(CITY, "7", { list: "select state from orders order by id desc limit 5" }, known));
    await verified("deploy", "staging");
    const irreversible = "-- sampan: irreversible because a value of an enum stays\n";
    shop.migration("0007_lost", `${irreversible}alter type state add value 'lost';`);
    const lost = next(CITY, "8", { add: add("code, remark, state", `${code}, 'new', 'lost'`) }, [...known, "lost"]);
    shop.commit(lost);
    await unborne("7", "0007_lost: rollback: there is no way back", "GET /shop/list");
    const labels = "select enumlabel as label from pg_enum order by enumsortorder";
    expect(await shop.rows(labels)).toEqual([{ label: "open" }, { label: "paid" }]);

    shop.without("0007_lost");
    shop.commit(next(CITY, "8", {}, [...known, "lost"]));
    await verified("deploy", "staging");
    shop.migration("0007_lost", `${irreversible}alter type state add value 'lost';`);
    shop.commit(next(lost, "9"));
    const { stderr } = await verified("deploy", "staging");
    expect(stderr).toContain("✓ prove shop rollback: ");
    expect(await shop.rows(labels)).toContainEqual({ label: "lost" });
    await serving("9");
  });

  it("an index that is unique: refused while old code writes the same twice, thrown back where there is the same twice", async () => {
    const twice = next(CITY, "10", { add: add("code, remark", "'same', 'new'") }, undefined);
    shop.commit(twice);
    await verified("deploy", "staging");
    shop.migration(
      "0008_one_code",
      "-- sampan: no-transaction\n-- sampan: allow add-unique-concurrently because the code writes each once\ncreate unique index concurrently one_code on orders (code);",
      "-- sampan: no-transaction\ndrop index concurrently one_code;",
    );
    shop.commit(next(CITY, "11"));
    await unborne("10", "old-on-new", "GET /shop/add", "duplicate key value violates unique constraint");
    shop.without("0008_one_code");
    shop.commit(next(CITY, "11"));
    await verified("deploy", "staging");

    await shop.rows("insert into orders (code) values ('twin'), ('twin')");
    shop.git("checkout", "--quiet", "HEAD~1", "--", "services/shop/migrations");
    shop.commit(next(CITY, "12"));
    const thrown = await shop.run("deploy", "staging");
    expect({ code: thrown.code, status: thrown.status }, thrown.stderr).toEqual({ code: 4, status: "rolled-back" });
    expect(told(thrown)).toContain("0008_one_code");
    const indexes = "select indisvalid as valid from pg_index where indexrelid = to_regclass('one_code')";
    expect(await shop.rows(indexes)).toEqual([]);
    await serving("11");
    await shop.rows("delete from orders where code = 'twin'");
    await verified("deploy", "staging");
    expect(await shop.rows(indexes)).toEqual([{ valid: true }]);
    await serving("12");
  });

  it("a column of another type: refused by rule, and by its proof, which names what is cut off", async () => {
    const narrow = "alter table orders alter column remark type char(2) using left(remark, 2);";
    const down = "alter table orders alter column remark type text;";
    const short = next(CITY, "13", { add: add("code, remark", `${code}, 'ok'`) });
    shop.migration("0009_remark", narrow, down);
    shop.commit(short);
    const refused = await shop.run("deploy", "staging");
    expect(refused.code).toBe(3);
    expect(told(refused)).toContain("change-type: old code reads and writes values of another type");
    shop.migration("0009_remark", `-- sampan: allow change-type because two letters will do\n${narrow}`, down);
    shop.commit(short);
    const { problems } = await unborne(
      "12",
      "0009_remark: old-on-new",
      "value too long for type character(2) (22001)",
      "reversal: down does not bring everything back: data: public.orders: column remark",
    );
    expect(problems.map(({ hint }) => hint).join("\n")).toContain("--confirm-loss public.orders");
    shop.without("0009_remark");

    const wide = "alter table orders alter column code type varchar(20);";
    shop.migration("0009_code", wide, "alter table orders alter column code type varchar(10);");
    shop.commit(next(CITY, "13"));
    await verified("deploy", "staging");
    const type =
      "select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'orders'::regclass and attname = 'code'";
    expect(await shop.rows(type)).toEqual([{ type: "character varying(20)" }]);
    await serving("13");
  });

  it("a right taken away that only another service feels: refused by its proof", async () => {
    shop.migration(
      "0010_rights",
      "-- sampan: allow revoke because the shop does not need it\nrevoke select on orders from audit_app;",
      "grant select on orders to audit_app;",
    );
    shop.commit(next(CITY, "14"));
    const end = await unborne(
      "13",
      "0010_rights: neighbours",
      "audit: GET /audit/work",
      "permission denied for table orders (42501)",
    );
    expect(end.stderr).toContain("✓ prove shop old-on-new: ");
    const right = "select has_table_privilege('audit_app', 'orders', 'select') as may";
    expect(await shop.rows(right)).toEqual([{ may: true }]);
    shop.without("0010_rights");
  });

  it("a way back that loses data: refused until its table is named", async () => {
    shop.migration("0010_gift", "alter table orders add column gift text;", "alter table orders drop column gift;");
    shop.commit(next(CITY, "14", { add: add("code, remark, gift", `${code}, 'new', 'tea'`) }));
    await verified("deploy", "staging");
    await shop.rows("update orders set gift = 'rice' where id in (select id from orders limit 3)");
    const refused = await shop.run("rollback", "staging", "--migrations");
    expect(refused.code).toBe(3);
    expect(told(refused)).toBe("shop: going back would lose data of public.orders: column gift: 3 values");
    expect(refused.problems[0]?.hint).toContain("--confirm-loss public.orders");
    expect(await columns()).toContain("gift");
    await serving("14");
    await verified("rollback", "staging", "--migrations", "--confirm-loss", "orders");
    expect(await columns()).not.toContain("gift");
    await serving("13");
  });
});

const PHONE = next(FIRST, "2", { add: add("code, note, phone", `${code}, 'new', '1'`) });
const BOTH = next(PHONE, "3", { add: add("code, note, remark", `${code}, 'new', 'new'`) });
const remarks = "select id, code, remark, state from orders order by id desc limit 5";
const REMARK = next(BOTH, "4", { work: remarks, list: remarks, add: add("code, remark", `${code}, 'new'`) });
const CITY = next(REMARK, "6", { add: add("code, remark, city", `${code}, 'new', 'Hue'`) });
