import fc from "fast-check";
import { expect, it } from "vitest";
import type { BackendStats } from "../router/router.ts";
import { countOn, type TrafficRecord } from "./traffic.ts";

const stats = (instance: string, served: number, failed = 0): BackendStats => ({
  instance,
  inFlight: 0,
  served,
  failed,
  latency: [served + failed],
});

const of = (record: TrafficRecord, instance: string) => {
  const { counts, before } = record.instances[instance] ?? {};
  return [counts?.served, counts?.failed, before?.served];
};

it("knows what was there before a release, and who has gone since", () => {
  const first = countOn(null, "r1", [stats("a", 100, 1)]);
  expect(of(first, "a")).toEqual([100, 1, 100]);
  const shifted = countOn(first, "r1", [stats("a", 150, 2), stats("b", 10)]);
  expect(of(shifted, "a")).toEqual([150, 2, 100]);
  expect(of(shifted, "b")).toEqual([10, 0, 0]);
  const gone = countOn(shifted, "r1", [stats("b", 90)]);
  expect(of(gone, "a")).toEqual([150, 2, 100]);
  const next = countOn(gone, "r2", [stats("b", 200)]);
  expect(Object.keys(next.instances)).toEqual(["b"]);
  expect(of(next, "b")).toEqual([200, 0, 200]);
});

it("counts on when the router was started again", () => {
  const first = countOn(null, "r1", [stats("a", 100)]);
  const again = countOn(first, "r1", [stats("a", 7, 1)]);
  expect(of(again, "a")).toEqual([107, 1, 100]);
  expect(again.instances.a?.counts.latency).toEqual([108]);
});

it("never counts backwards, whatever a router says", () => {
  const said = fc.array(fc.tuple(fc.nat(50), fc.nat(5)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(said, (all) => {
      let record: TrafficRecord | null = null;
      let least = 0;
      for (const [served, failed] of all) {
        record = countOn(record, "r", [stats("a", served, failed)]);
        const counts = record.instances.a?.counts ?? { served: -1, failed: 0 };
        expect(counts.served + counts.failed).toBeGreaterThanOrEqual(least);
        least = counts.served + counts.failed;
      }
    }),
  );
});
