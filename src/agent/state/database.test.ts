import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { faultOf } from "../fault-of.ts";
import { openState, transaction } from "./database.ts";
import { Marks } from "./marks.ts";
import { Scopes } from "./scopes.ts";

const scope = { fleet: "f", environment: "e" };
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sampan-state-"));
  path = join(folder, "agent.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("says that the disk is full, changes nothing, and works again once there is room", () => {
  const database = openState(path);
  const scopes = new Scopes(database);
  const fence = scopes.claim(scope, "me", 1);
  const pages = Number(database.prepare("PRAGMA page_count").get()?.page_count);
  database.exec(`PRAGMA max_page_count = ${pages}`);
  const write = () =>
    scopes.change({ scope, fence }, () => {
      scopes.setRouter(scope, { epoch: 7, entrance: null });
      database.prepare("INSERT INTO routes VALUES ('f', 'e', 's', ?, '')").run("x".repeat(100_000));
    });
  let fault: unknown;
  try {
    write();
  } catch (error) {
    fault = error;
  }
  expect(faultOf(fault, path)).toMatchObject({
    code: "agent-state-full",
    message: expect.stringContaining(path),
    retry: "safe",
  });
  expect(scopes.get(scope)).toMatchObject({ fence, epoch: 0 });
  database.exec(`PRAGMA max_page_count = ${pages + 1000}`);
  write();
  expect(scopes.get(scope)?.epoch).toBe(7);
  database.close();
});

it.each([
  ["garbage", () => writeFileSync(path, "this is no database".repeat(1000))],
  [
    "a page overwritten",
    () => {
      const database = openState(path);
      const marks = new Marks(database);
      for (let nth = 0; nth < 500; nth += 1) marks.add(scope, `op/${nth}`, { service: "s".repeat(100) } as never);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      const size = Number(database.prepare("PRAGMA page_count").get()?.page_count) * 4096;
      database.close();
      const file = openSync(path, "r+");
      writeSync(file, Buffer.alloc(size - 8192, 0xee), 0, size - 8192, 4096);
      closeSync(file);
    },
  ],
])("refuses a damaged record (%s) and says what to do", (_, damage) => {
  damage();
  expect(() => openState(path)).toThrow(expect.objectContaining({ code: "agent-state-corrupt" }));
});

it("refuses a record of a version that it does not know", () => {
  const database = openState(path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  expect(() => openState(path)).toThrow(expect.objectContaining({ code: "agent-state-newer" }));
});

it("keeps nothing of a transaction that fails", () => {
  const database = openState(path);
  const scopes = new Scopes(database);
  scopes.claim(scope, "me", 1);
  expect(() =>
    transaction(database, () => {
      scopes.setRouter(scope, { epoch: 3, entrance: null });
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(scopes.get(scope)?.epoch).toBe(0);
  database.close();
});
