import { expect, it } from "vitest";
import { BackOff } from "./back-off.ts";

it("doubles from 100 ms to 30 s, and starts anew after a healthy life", () => {
  const backOff = new BackOff();
  const delays = Array.from({ length: 12 }, () => backOff.next(50));
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  expect(backOff.next(9_999)).toBe(30_000);
  expect(backOff.next(10_000)).toBe(100);
  expect(backOff.next(50)).toBe(200);
});
