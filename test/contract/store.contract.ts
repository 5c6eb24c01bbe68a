import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JournalRecord } from "../../src/engine/journal.ts";
import type { LeaseOwner, LeaseWish, ReleaseRecord, Store } from "../../src/engine/store.ts";
import { STALE_FENCE } from "../../src/fault.ts";

/** One empty store that several may open, as deployers on several machines do. */
export type StoreRig = Readonly<{
  open: () => Promise<Store>;
  /** As a damaged disk, or somebody with an editor, would leave it. */
  tamper: (sql: string) => Promise<void>;
  end: () => Promise<void>;
}>;

export const record = (step: string): JournalRecord => ({ kind: "intended", at: 1, step, way: "do" });

export const ownerOf = (pid: number): LeaseOwner => ({
  name: "ann@host",
  host: "host",
  machine: "m",
  pid,
  processStart: "1",
  doing: "deploy r1",
});

const HOUR = 3_600_000;
const wish = (token: string, lasts = HOUR): LeaseWish => ({ owner: ownerOf(1), token, lasts });
const alive = () => false;

export const release = (id: string, change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  id,
  environment: "staging",
  kind: "deploy",
  status: "running",
  commit: null,
  by: "ann",
  createdAt: 1_764_000_000_123,
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

/** What every store does, whatever it is made of. */
export function storeContract(rigFor: () => Promise<StoreRig>): void {
  let rig: StoreRig;
  let store: Store;
  let other: Store;
  beforeEach(async () => {
    rig = await rigFor();
    store = await rig.open();
    other = await rig.open();
  });
  afterEach(async () => {
    for (const one of [store, other]) await one.close().catch(() => {});
    await rig.end();
  });

  describe("the journal", () => {
    it("is read as it was written, also by another process", async () => {
      await Promise.all(["a", "b", "c"].map((step) => store.append("r1", record(step))));
      await store.append("r2", record("x"));
      expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
      await other.append("r1", record("d"));
      expect(await other.journal("r1")).toHaveLength(4);
      expect(await other.journal("nobody")).toEqual([]);
    });

    it("keeps any text to the letter", async () => {
      const texts = ["é😀 \u0000 \ud800 \\u0000", "'; drop table journal; --", "a\r\nb\u2028", "x".repeat(100_000)];
      for (const text of texts) await store.append("r1", record(text));
      expect(await other.journal("r1")).toEqual(texts.map(record));
    });

    it("keeps what may wait until the next record that may not, in its order, and loses it with its process", async () => {
      await store.append("r1", record("a"), false);
      await store.append("r1", record("b"), false);
      expect(await other.journal("r1")).toEqual([]);
      await store.append("r1", record("c"));
      await store.append("r1", record("d"), false);
      expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
      await store.close();
      expect(await other.journal("r1")).toEqual(["a", "b", "c"].map(record));
      await other.append("r1", record("e"));
      expect(await other.journal("r1")).toEqual(["a", "b", "c", "e"].map(record));
    });

    it("refuses a second writer that believes it is the only one, for good", async () => {
      await store.append("r1", record("a"));
      await other.append("r1", record("b"));
      await expect(store.append("r1", record("c"))).rejects.toMatchObject({ code: STALE_FENCE });
      await expect(store.append("r1", record("d"))).rejects.toMatchObject({ code: STALE_FENCE });
      await other.append("r1", record("e"));
      expect(await other.journal("r1")).toEqual(["a", "b", "e"].map(record));
    });

    it("goes to one of two who write its next record at the same moment", async () => {
      for (let nth = 0; nth < 20; nth += 1) {
        const ends = await Promise.allSettled([
          store.append(`r${nth}`, record("a")),
          other.append(`r${nth}`, record("b")),
        ]);
        // Who looked only after the other had written goes on behind it: nobody's place is taken twice, and nothing said to be written is lost.
        const written = ["a", "b"].filter((_, index) => ends[index]?.status === "fulfilled");
        expect(written).not.toEqual([]);
        const kept = await store.journal(`r${nth}`);
        expect(kept).toHaveLength(written.length);
        expect(kept).toEqual(expect.arrayContaining(written.map(record)));
      }
    });

    it("leaves out a torn tail, and goes on from before it", async () => {
      for (const step of ["a", "b", "c"]) await store.append("r1", record(step));
      await rig.tamper("update journal set record_json = substr(record_json, 1, 9) where seq = 3");
      expect(await other.journal("r1")).toEqual(["a", "b"].map(record));
      await other.append("r1", record("d"));
      expect(await other.journal("r1")).toEqual(["a", "b", "d"].map(record));
    });

    it.each([
      ["changed", "update journal set record_json = replace(record_json, '\"b\"', '\"z\"') where seq = 2"],
      ["lost", "delete from journal where seq = 2"],
      ["taken away from the front", "delete from journal where seq = 1"],
      ["swapped", "update journal set record_json = (select record_json from journal where seq = 1) where seq = 2"],
    ])("refuses a middle that was %s", async (_, sql) => {
      for (const step of ["a", "b", "c", "d"]) await store.append("r1", record(step));
      await rig.tamper(sql);
      await expect(store.journal("r1")).rejects.toMatchObject({ code: "journal-corrupt", retry: "never" });
    });
  });

  describe("the lease", () => {
    it("is held by one, until it runs out or is given back", async () => {
      expect(await store.acquire("staging", wish("one"), alive)).toBeNull();
      expect(await other.acquire("staging", wish("two"), alive)).toMatchObject({ token: "one", owner: ownerOf(1) });
      expect(await other.acquire("production", wish("two"), alive)).toBeNull();
      expect(await store.renew("staging", "one", -1)).toBe(true);
      expect((await other.lease("staging"))?.left).toBeLessThanOrEqual(0);
      expect(await other.acquire("staging", wish("two"), alive)).toBeNull();
      expect(await store.renew("staging", "one", HOUR)).toBe(false);
      await store.release("staging", "one");
      expect(await store.lease("staging")).toMatchObject({ token: "two" });
      await other.release("staging", "two");
      expect(await store.lease("staging")).toBeNull();
    });

    it("may be asked for again by who has it, because an answer was lost", async () => {
      expect(await store.acquire("staging", wish("one"), alive)).toBeNull();
      expect(await store.acquire("staging", wish("one"), alive)).toBeNull();
    });

    it("tells how long it has been held and will be, by the store's clock", async () => {
      await store.acquire("staging", wish("one"), alive);
      const { heldFor = -1, left = 0 } = (await other.lease("staging")) ?? {};
      expect(heldFor).toBeGreaterThanOrEqual(0);
      expect(heldFor + left).toBe(HOUR);
      expect(left).toBeGreaterThan(HOUR / 2);
    });

    it("is won by one of those who reach for it at the same moment", async () => {
      for (let nth = 0; nth < 20; nth += 1) {
        const got = await Promise.all(
          [store, other].map((one, index) => one.acquire("staging", wish(`${nth}-${index}`, -1), alive)),
        );
        // The first may have run out before the second came: what must not be is that nobody, or both at once, have it.
        expect(got).toContain(null);
        const holding = await Promise.all(
          [store, other].map((one, index) => one.acquire(`e${nth}`, wish(`${nth}-${index}`), alive)),
        );
        expect(holding.filter((held) => held === null)).toHaveLength(1);
      }
    });

    it("of one that has run out, or whose owner is dead, is won by one as well", async () => {
      for (let nth = 0; nth < 20; nth += 1) {
        const environment = `e${nth}`;
        const isDead = ({ pid }: LeaseOwner) => nth % 2 === 0 && pid === 1;
        await store.acquire(environment, wish("before", nth % 2 === 0 ? HOUR : -1), alive);
        const got = await Promise.all(
          [store, other].map((one, index) =>
            one.acquire(environment, { owner: ownerOf(7), token: `${index}`, lasts: HOUR }, isDead),
          ),
        );
        expect(got.filter((held) => held === null)).toHaveLength(1);
        expect(got.find((held) => held !== null)?.token).toBe(got[0] === null ? "0" : "1");
      }
    });

    it("of a dead owner is free at once", async () => {
      await store.acquire("staging", wish("one"), alive);
      expect(await other.acquire("staging", wish("two"), ({ pid }) => pid === 1)).toBeNull();
      expect(await store.renew("staging", "one", HOUR)).toBe(false);
    });
  });

  describe("releases and confirmations", () => {
    it("come newest first, whatever their deployers' clocks say, and change only in what may change", async () => {
      for (const id of ["r1", "r3", "r2"]) await store.create(release(id, { createdAt: 1000 - Number(id.slice(1)) }));
      await other.create(release("r4", { environment: "production", evidence: { checks: [] }, commit: "c" }));
      await other.update("r2", { status: "verified", endedAt: 9 });
      expect((await store.releases("staging", 10)).map(({ id, status }) => `${id} ${status}`)).toEqual([
        "r2 verified",
        "r3 running",
        "r1 running",
      ]);
      expect((await store.releases(null, 2)).map(({ id }) => id)).toEqual(["r4", "r2"]);
      expect(await store.find("r2")).toEqual(release("r2", { createdAt: 998, status: "verified", endedAt: 9 }));
      expect(await store.find("r4")).toMatchObject({ evidence: { checks: [] }, commit: "c" });
      await store.update("r2", { status: "running", endedAt: null });
      expect(await other.find("r2")).toMatchObject({ status: "running", endedAt: null });
      expect(await store.find("nobody")).toBeNull();
    });

    it("are created once: again by who has lost the answer, and by nobody else", async () => {
      await store.create(release("r1"));
      await store.create(release("r1"));
      await expect(other.create(release("r1", { by: "bob" }))).rejects.toThrow("r1");
      expect(await store.releases(null, 9)).toHaveLength(1);
    });

    it("keeps the last word of each person on each item", async () => {
      const said = { planId: "p", item: "ci", by: "ann", at: 1, evidence: "https://ci.example", note: null };
      await store.confirm(said);
      await other.confirm({ ...said, by: "bob", at: 2 });
      await other.confirm({ ...said, at: 3, evidence: "another" });
      expect((await store.confirmations("p")).map(({ by, at, evidence }) => [by, at, evidence])).toEqual([
        ["bob", 2, "https://ci.example"],
        ["ann", 3, "another"],
      ]);
      expect(await store.confirmations("q")).toEqual([]);
    });
  });

  it("keeps what was found out by what it was found out of, the last word of each", async () => {
    const found = { key: "k", environment: "staging", service: "a", at: 1, value: { verdict: "inconclusive" } };
    await store.keepEvidence(found);
    await other.keepEvidence({ ...found, key: "l", at: 2, service: "b" });
    await other.keepEvidence({ ...found, at: 3, value: { verdict: "passed" } });
    await store.keepEvidence({ ...found, key: "m", at: 4 });
    expect(await store.evidence("k")).toEqual({ ...found, at: 3, value: { verdict: "passed" } });
    expect(await store.evidence("z")).toBeNull();
    expect((await other.evidenceOf("staging", "a")).map(({ at }) => at)).toEqual([4, 3]);
    expect(await store.evidenceOf("production", "a")).toEqual([]);
  });
}
