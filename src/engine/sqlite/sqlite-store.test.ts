import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { STALE_FENCE } from "../../fault.ts";
import type { JournalRecord } from "../journal.ts";
import type { Lease, LeaseOwner, ReleaseRecord, Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sampan-store-"));
  store = await openSqliteStore(folder);
});
afterEach(async () => {
  await store.close().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

const record = (step: string): JournalRecord => ({ kind: "intended", at: 1, step, way: "do" });
const owner = (pid: number): LeaseOwner => ({
  name: "ann@host",
  host: "host",
  pid,
  processStart: "1",
  doing: "deploy r1",
});
const lease = (token: string, expiresAt: number): Lease => ({ owner: owner(1), token, since: 0, expiresAt });
const alive = () => false;
const release = (id: string, change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  id,
  environment: "staging",
  kind: "deploy",
  status: "running",
  commit: null,
  by: "ann",
  createdAt: Number(id.replace(/\D/g, "")),
  endedAt: null,
  plan: {
    id: "p",
    formatVersion: 1,
    fleet: "f",
    environment: "staging",
    expects: "e",
    onFailure: "release",
    concurrency: 1,
    services: [],
    waiting: [],
    steps: [],
  },
  evidence: {},
  ...change,
});

/** As a damaged disk, or somebody with an editor, would leave it. */
function tamper(sql: string): void {
  const database = new DatabaseSync(join(folder, "store.db"));
  database.exec(sql);
  database.close();
}

describe("the journal", () => {
  it("is read as it was written, also by another process", async () => {
    await Promise.all(["a", "b", "c"].map((step) => store.append("r1", record(step))));
    await store.append("r2", record("x"));
    const other = await openSqliteStore(folder);
    expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
    await other.append("r1", record("d"));
    expect(await other.journal("r1")).toHaveLength(4);
    await other.close();
  });

  it("keeps what may wait until the next record that may not, in its order, and loses it with its process", async () => {
    await store.append("r1", record("a"), false);
    await store.append("r1", record("b"), false);
    const other = await openSqliteStore(folder);
    expect(await other.journal("r1")).toEqual([]);
    await store.append("r1", record("c"));
    await store.append("r1", record("d"), false);
    expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
    await store.close();
    expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
    await other.append("r1", record("e"));
    expect(await other.journal("r1")).toEqual(["a", "b", "c", "e"].map(record));
    await other.close();
    store = await openSqliteStore(folder);
  });

  it("refuses a second writer that believes it is the only one, for good", async () => {
    await store.append("r1", record("a"));
    const other = await openSqliteStore(folder);
    await other.append("r1", record("b"));
    await expect(store.append("r1", record("c"))).rejects.toMatchObject({ code: STALE_FENCE });
    await expect(store.append("r1", record("d"))).rejects.toMatchObject({ code: STALE_FENCE });
    await other.append("r1", record("e"));
    expect(await other.journal("r1")).toEqual(["a", "b", "e"].map(record));
    await other.close();
  });

  it("leaves out a torn tail, and goes on from before it", async () => {
    for (const step of ["a", "b", "c"]) await store.append("r1", record(step));
    tamper("update journal set record_json = substr(record_json, 1, 9) where seq = 3");
    const again = await openSqliteStore(folder);
    expect(await again.journal("r1")).toEqual(["a", "b"].map(record));
    await again.append("r1", record("d"));
    expect(await again.journal("r1")).toEqual(["a", "b", "d"].map(record));
    await again.close();
  });

  it.each([
    ["changed", "update journal set record_json = replace(record_json, '\"b\"', '\"z\"') where seq = 2"],
    ["lost", "delete from journal where seq = 2"],
    ["taken away from the front", "delete from journal where seq = 1"],
    ["swapped", "update journal set record_json = (select record_json from journal where seq = 1) where seq = 2"],
  ])("refuses a middle that was %s", async (_, sql) => {
    for (const step of ["a", "b", "c", "d"]) await store.append("r1", record(step));
    tamper(sql);
    await expect(store.journal("r1")).rejects.toMatchObject({ code: "journal-corrupt", retry: "never" });
  });
});

describe("the lease", () => {
  it("is held by one, until it expires or is given back", async () => {
    expect(await store.acquire("staging", lease("one", 100), 0, alive)).toBeNull();
    expect(await store.acquire("staging", lease("two", 100), 50, alive)).toMatchObject({ token: "one" });
    expect(await store.acquire("production", lease("two", 100), 50, alive)).toBeNull();
    expect(await store.renew("staging", "one", 200)).toBe(true);
    expect(await store.acquire("staging", lease("two", 300), 150, alive)).toMatchObject({ token: "one" });
    expect(await store.acquire("staging", lease("two", 300), 201, alive)).toBeNull();
    expect(await store.renew("staging", "one", 400)).toBe(false);
    await store.release("staging", "one");
    expect(await store.lease("staging")).toMatchObject({ token: "two" });
    await store.release("staging", "two");
    expect(await store.lease("staging")).toBeNull();
  });

  it("is won by one of those who reach for it at the same moment", async () => {
    const other = await openSqliteStore(folder);
    for (let nth = 0; nth < 20; nth += 1) {
      const got = await Promise.all([
        store.acquire(`e${nth}`, lease("one", 100), 0, alive),
        other.acquire(`e${nth}`, lease("two", 100), 0, alive),
      ]);
      expect(got.filter((held) => held === null)).toHaveLength(1);
    }
    await other.close();
  });

  it("of a dead owner is free at once", async () => {
    await store.acquire("staging", lease("one", 1000), 0, alive);
    expect(await store.acquire("staging", lease("two", 1000), 1, ({ pid }) => pid === 1)).toBeNull();
  });
});

describe("releases and confirmations", () => {
  it("come newest first, and change only in what may change", async () => {
    for (const id of ["r1", "r3", "r2"]) await store.create(release(id));
    await store.create(release("r4", { environment: "production" }));
    await store.update("r2", { status: "verified", endedAt: 9 });
    expect((await store.releases("staging", 10)).map(({ id, status }) => `${id} ${status}`)).toEqual([
      "r3 running",
      "r2 verified",
      "r1 running",
    ]);
    expect((await store.releases(null, 2)).map(({ id }) => id)).toEqual(["r4", "r3"]);
    expect(await store.find("r2")).toEqual(release("r2", { status: "verified", endedAt: 9 }));
    expect(await store.find("nobody")).toBeNull();
  });

  it("keeps what one person said of one item once", async () => {
    const said = { planId: "p", item: "ci", by: "ann", at: 1, evidence: "https://ci.example", note: null };
    await store.confirm(said);
    await store.confirm({ ...said, evidence: "another" });
    await store.confirm({ ...said, by: "bob" });
    expect((await store.confirmations("p")).map(({ by, evidence }) => [by, evidence])).toEqual([
      ["ann", "https://ci.example"],
      ["bob", "https://ci.example"],
    ]);
    expect(await store.confirmations("q")).toEqual([]);
  });
});

it("keeps what was found out by what it was found out of, the last word of each", async () => {
  const found = { key: "k", environment: "staging", service: "a", at: 1, value: { verdict: "inconclusive" } };
  await store.keepEvidence(found);
  await store.keepEvidence({ ...found, key: "l", at: 2, service: "b" });
  await store.keepEvidence({ ...found, at: 3, value: { verdict: "passed" } });
  await store.keepEvidence({ ...found, key: "m", at: 4 });
  expect(await store.evidence("k")).toEqual({ ...found, at: 3, value: { verdict: "passed" } });
  expect(await store.evidence("z")).toBeNull();
  expect((await store.evidenceOf("staging", "a")).map(({ at }) => at)).toEqual([4, 3]);
  expect(await store.evidenceOf("production", "a")).toEqual([]);
});

it("says what is wrong with a store that is none", async () => {
  await store.close();
  writeFileSync(
    join(folder, "store.db"),
    "this is no database, and long enough to be told from an empty one".repeat(50),
  );
  await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "store-unusable" });
});
