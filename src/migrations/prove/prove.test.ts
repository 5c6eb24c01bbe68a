import { describe, expect, test } from "vitest";
import { evidence, OLD, proofStage, verdicts } from "../../../test/migrations/proof-stage.ts";
import { query } from "../../../test/postgres.ts";
import type { Tool } from "./ground.ts";

const { witness, proofOf } = proofStage();

describe("a proof", { timeout: 120_000 }, () => {
  test("add a column: all bear it, and a rollback keeps it", async () => {
    const proof = await proofOf({
      up: "alter table orders add column phone text",
      down: "alter table orders drop column phone",
      next: { sql: { ...OLD, add: "insert into orders (code, phone) values ('p', '1') returning id" } },
      held: 3_000,
    });
    expect(proof).toMatchObject({ verdict: "passed", rollback: "keep" });
    expect(verdicts(proof)).toEqual({
      reversal: "passed",
      "old-on-new": "passed",
      rollback: "passed",
      locks: "passed",
    });
    expect(evidence(proof, "reversal")).toContain("built from the recorded migrations");
  });

  test("rename a column: old code breaks, and it is said by which check and statement", async () => {
    const proof = await proofOf({
      up: "alter table orders rename column note to remark",
      down: "alter table orders rename column remark to note",
      next: {
        sql: { list: "select id, remark from orders", add: "insert into orders (code, remark) values ('r', 'x')" },
      },
    });
    expect(proof).toMatchObject({ verdict: "failed", rollback: "revert" });
    expect(evidence(proof, "old-on-new")).toContain("GET /shop/list: expected 200, got 500");
    expect(evidence(proof, "old-on-new")).toContain('column "note" does not exist (42703), in: select id, code, note');
    expect(verdicts(proof).reversal).toBe("passed");
  });

  test("not null without a default: what old code inserts is refused", async () => {
    const proof = await proofOf({
      up: "alter table orders add column city text; update orders set city = 'x'; alter table orders alter column city set not null",
      down: "alter table orders drop column city",
      next: { sql: { add: "insert into orders (code, city) values ('c', 'Hue')" } },
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("23502");
  });

  test("a value of an enum that old code does not know: only new code's data shows it, and the down cannot take it", async () => {
    const proof = await proofOf({
      up: "-- sampan: irreversible because a value of an enum stays\nalter type state add value 'lost'",
      down: null,
      old: witness("shop", { sql: { list: "select state from orders" }, knows: ["open", "paid"] }),
      next: { sql: { add: "insert into orders (code, state) values ('l', 'lost')" } },
    });
    expect(verdicts(proof)).toMatchObject({ "old-on-new": "passed", rollback: "failed" });
    expect(proof.rollback).toMatchObject({ noWayBack: [{ table: "shop" }] });
  });

  test("a type of another kind that old code cannot write", async () => {
    const proof = await proofOf({
      up: "alter table orders alter column code type char(3) using left(code, 3)",
      down: "alter table orders alter column code type varchar(10)",
      next: { sql: { list: "select code from orders" } },
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("22001");
    // Cut off is gone.
    expect(verdicts(proof).reversal).toBe("failed");
    expect(proof.downLoses).toContainEqual({ table: "public.orders", loss: expect.stringContaining("column code") });
  });

  test("a revoked right that only a neighbour feels", async () => {
    const audit = witness("audit", { sql: { count: "select count(*)::int as n from orders" } });
    const proof = await proofOf({
      up: "revoke select on orders from audit_app",
      down: "grant select on orders to audit_app",
      neighbours: [audit],
    });
    expect(verdicts(proof)).toMatchObject({ reversal: "passed", "old-on-new": "passed", neighbours: "failed" });
    expect(evidence(proof, "neighbours")).toContain("audit: GET /audit/count");
    expect(evidence(proof, "neighbours")).toContain("permission denied for table orders (42501)");
    expect(proof).toMatchObject({ verdict: "failed", rollback: "revert" });
  });

  test("a down that loses data names the table and what is lost", async () => {
    const proof = await proofOf({
      up: "alter table orders drop column total",
      down: "alter table orders add column total int not null default 0",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
      next: { sql: { list: "select id, code from orders" } },
    });
    const lost = await proofOf({
      up: "update orders set note = null",
      down: "select 1",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
    });
    // Zeros come back as zeros.
    expect(verdicts(proof)).toMatchObject({ "old-on-new": "passed" });
    expect(evidence(lost, "reversal")).toMatch(/data: public.orders: column note: \d values? (are others|are gone)/);
    expect(lost).toMatchObject({ verdict: "failed", rollback: "keep" });
    expect(lost.downLoses).toMatchObject([{ table: "public.orders" }]);
    const meant = await proofOf({
      up: "alter table orders drop column note",
      down: "alter table orders add column note text",
      old: witness("shop", { sql: { list: "select id, code from orders" } }),
      next: { sql: { list: "select id, code from orders" } },
      phase: "contract",
    });
    expect(meant).toMatchObject({ verdict: "passed", rollback: "keep", downLoses: [{ table: "public.orders" }] });
    expect(evidence(meant, "reversal")).toMatch(/note: data: public.orders: column note: \d values? are gone/);
  });

  test("an index that new code needs unique", async () => {
    const proof = await proofOf({
      up: "create unique index one_note on orders (note) where note = 'new'",
      down: "drop index one_note",
    });
    expect(proof.verdict).toBe("failed");
    expect(evidence(proof, "old-on-new")).toContain("duplicate key value violates unique constraint");
  });

  test("what old code prepared on an open connection breaks by itself, and statements say what they answer and write", async () => {
    const queries = [
      "select * from orders order by id",
      "insert into orders (code) values ('q')",
      '-- values: ["a-100"]\nselect total from orders where code = $1',
    ];
    const proof = await proofOf({
      up: "alter table orders add column extra int; alter table orders alter column total set default 5",
      down: "alter table orders drop column extra; alter table orders alter column total set default 0",
      old: witness("shop", { sql: { list: "select id, code from orders" } }, queries),
    });
    const text = evidence(proof, "old-on-new");
    expect(text).toContain("cached plan must not change result type (0A000)");
    expect(text).toContain("insert into orders (code) values ('q') (anew): writes other values: total");
    expect(text).not.toContain("select total");
  });

  test("nothing runs yet: only the reversal is proven", async () => {
    const proof = await proofOf({ up: "create table more (id int)", down: "drop table more", first: true });
    expect(proof).toMatchObject({ verdict: "passed", rollback: "keep", running: null });
    expect(verdicts(proof)).toEqual({ reversal: "passed", "old-on-new": "passed" });
    expect(evidence(proof, "old-on-new")).toContain("nothing runs there yet");
  });

  test("never passes for want of evidence", async () => {
    const column = { up: "alter table orders add column phone text", down: "alter table orders drop column phone" };
    const dead = await proofOf({ ...column, old: witness("shop", { sql: OLD, diesAtStart: true }) });
    expect(dead).toMatchObject({ verdict: "inconclusive" });
    expect(evidence(dead, "old-on-new")).toContain("it ended: exit code 9");
    const mute = await proofOf({ ...column, old: witness("shop", { sql: OLD, smoke: [] }) });
    expect(verdicts(mute)["old-on-new"]).toBe("inconclusive");
    const broken = await proofOf({ ...column, old: witness("shop", { sql: { list: "select nothing from nowhere" } }) });
    expect(evidence(broken, "old-on-new")).toContain("its checks fail on the schema as it is");
    expect(broken.verdict).toBe("inconclusive");
    const unstartable = await proofOf({ ...column, start: () => Promise.reject(new Error("no such image")) });
    expect(evidence(unstartable, "old-on-new")).toContain("it cannot be started: no such image");
    expect(unstartable.verdict).toBe("inconclusive");
  });

  test("code that is to come before its migrations is tried on the old schema", async () => {
    const column = {
      up: "alter table orders add column phone text",
      down: "alter table orders drop column phone",
      codeFirst: true,
    };
    const works = await proofOf(column);
    expect(verdicts(works)["new-on-old"]).toBe("passed");
    const needs = await proofOf({ ...column, next: { sql: { list: "select phone from orders" } } });
    expect(evidence(needs, "new-on-old")).toContain("does not work before its migrations");
    expect(verdicts(needs)["new-on-old"]).toBe("failed");
  });

  test("a down that leaves something behind, fails, or an up that cannot run again", async () => {
    const left = await proofOf({
      up: "alter table orders add column a int, add column b int",
      down: "alter table orders drop column a",
    });
    expect(evidence(left, "reversal")).toContain("column public.orders.b is there beside");
    const fails = await proofOf({
      up: "alter table orders add column a int",
      down: "alter table orders drop column z",
    });
    expect(evidence(fails, "reversal")).toMatch(/down fails: .*0002_change.down.sql:1:1: column "z".*does not exist/);
    const grants = await proofOf({
      up: "revoke delete on orders from shop_app",
      down: "select 1",
      old: witness("shop", { sql: { list: "select 1" } }),
    });
    expect(evidence(grants, "reversal")).toContain("table public.orders: acl lacks shop_app=DELETE");
  });

  test("a statement that holds its lock long", async () => {
    const proof = await proofOf({
      up: "alter table orders add column phone text; select pg_sleep(2)",
      down: "alter table orders drop column phone",
    });
    expect(verdicts(proof)).toMatchObject({ "old-on-new": "passed", locks: "failed" });
    expect(evidence(proof, "locks")).toMatch(/somebody waited \d{4} ms for a lock, more than 1200 ms/);
  });

  test("rows that are filled in batches once the code runs, with old code about", async () => {
    const column = {
      up: "alter table orders add column phone text",
      down: "alter table orders drop column phone",
    };
    const fills = await proofOf({
      ...column,
      data: "of 10 by orders.id\nupdate orders set phone = 'none' where phone is null and id between :from and :to",
    });
    expect(fills).toMatchObject({ verdict: "passed", rollback: "keep", data: [{ name: "0003_fill" }] });
    expect(evidence(fills, "data")).toBe("0003_fill: filled in, and the code that comes works on it");
    const fails = await proofOf({
      ...column,
      data: "of 10 by orders.id\nupdate orders set code = 'much too long for it' where id between :from and :to",
    });
    expect(verdicts(fails).data).toBe("failed");
    expect(evidence(fails, "data")).toContain("22001");
    const surprises = await proofOf({
      ...column,
      old: witness("shop", {
        sql: { list: "select coalesce(note, '') as state from orders" },
        knows: ["first", "new"],
      }),
      next: { sql: { list: "select id from orders" } },
      data: "of 10 by orders.id\nupdate orders set note = 'moved away' where id between :from and :to",
    });
    expect(verdicts(surprises)).toMatchObject({ "old-on-new": "passed", data: "passed", rollback: "failed" });
    expect(evidence(surprises, "rollback")).toContain("after its data was filled in");
    const first = await proofOf({
      ...column,
      first: true,
      data: "of 10 by orders.id\nupdate orders set phone = 'none' where id between :from and :to",
    });
    expect(verdicts(first)).toEqual({ reversal: "passed", data: "passed", "old-on-new": "passed" });
  });

  test("a tool of the service's own is run, and what it does is seen", async () => {
    const tool =
      (sql: string): Tool =>
      async (url, { log }) => {
        await query(url, sql);
        return { argv: ["migrate"], exitCode: 0, failure: null, output: "", log, took: 1 };
      };
    const given = { up: "select 1", down: null, held: 0 };
    const adds = await proofOf({ ...given, tool: tool("alter table orders add column if not exists phone text") });
    expect(adds).toMatchObject({ verdict: "passed", rollback: "keep" });
    expect(evidence(adds, "reversal")).toContain("column public.orders.phone is there beside");
    const breaks = await proofOf({ ...given, tool: tool("alter table orders drop column if exists note") });
    expect(verdicts(breaks)["old-on-new"]).toBe("failed");
    expect(breaks.rollback).toMatchObject({ noWayBack: [{ loss: expect.stringContaining("own tool of shop") }] });
    const fails = await proofOf({
      ...given,
      tool: async (_, { log }) => ({
        ...{ argv: ["migrate"], exitCode: 7, failure: null, output: "no luck", log, took: 1 },
      }),
    });
    expect(evidence(fails, "reversal")).toContain("up fails: shop: migrate ended with exit code 7");
  });
});
