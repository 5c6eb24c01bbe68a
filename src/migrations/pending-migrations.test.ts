import { expect, test } from "vitest";
import type { PendingMigration } from "../plan/phases.ts";
import { pendingMigrations } from "./pending-migrations.ts";

const file = (name: string, sha256 = name, change: Partial<PendingMigration> = {}): PendingMigration => ({
  ...{ name, sha256, phase: "expand", rollback: null, after: [], changes: [], mentions: new Set() },
  ...change,
});
const applied = (name: string, sha256 = name) => ({
  name,
  sha256,
  release: "r1",
  phase: "expand" as const,
  rollback: null,
});
const codes = (...given: Parameters<typeof pendingMigrations>) =>
  pendingMigrations(...given).problems.map(({ code }) => code);

test("what is not applied is pending, in order of the numbers and not of the text", () => {
  const { pending, ahead, problems } = pendingMigrations(
    [file("10000_c"), file("9_b"), file("0001_a")],
    [applied("0001_a")],
  );
  expect(pending.map(({ name }) => name)).toEqual(["9_b", "10000_c"]);
  expect([ahead, problems]).toEqual([[], []]);
});

test("an older artifact over a newer schema is allowed and reported", () => {
  const { pending, ahead, problems } = pendingMigrations([file("1_a")], [applied("1_a"), applied("2_b")]);
  expect([pending, ahead.map(({ name }) => name), problems]).toEqual([[], ["2_b"], []]);
});

test("an edited, a vanished and an out-of-order file are refused", () => {
  expect(codes([file("1_a", "new")], [applied("1_a", "old")])).toEqual(["migration-edited"]);
  expect(codes([file("2_b")], [applied("1_a"), applied("2_b")])).toEqual(["migration-vanished"]);
  expect(codes([file("1_a"), file("2_b"), file("3_c")], [applied("1_a"), applied("3_c")])).toEqual([
    "migration-out-of-order",
  ]);
});

test("one that waits is passed by, but not by one that names what it changes", () => {
  const waiting = file("1_a", "a", { phase: "contract", changes: [["users", "old"]] });
  const stranger = file("2_b", "2_b", { mentions: new Set(["users", "new"]) });
  const relying = file("2_b", "2_b", { mentions: new Set(["users", "old"]) });
  expect(codes([waiting, stranger], [applied("2_b")])).toEqual([]);
  expect(codes([waiting, relying], [applied("2_b")])).toEqual(["migration-out-of-order"]);
  const filling = file("1_a", "a", { phase: "data", changes: [["users", "old"]] });
  expect(codes([filling, relying], [applied("2_b")])).toEqual([]);
});
