import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { storeContract } from "../../../test/contract/store.contract.ts";
import { openSqliteStore } from "./sqlite-store.ts";

storeContract(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-store-"));
  return {
    open: () => openSqliteStore(folder),
    tamper: async (sql) => {
      const database = new DatabaseSync(join(folder, "store.db"));
      database.exec(sql);
      database.close();
    },
    end: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

it("says what is wrong with a store that is none", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-store-"));
  writeFileSync(
    join(folder, "store.db"),
    "this is no database, and long enough to be told from an empty one".repeat(50),
  );
  await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "store-unusable" });
  rmSync(folder, { recursive: true, force: true });
});
