import { describe, expect, it } from "vitest";
import type { Window } from "../fleet/fleet.ts";
import { closedBy, localName, opensAt } from "./window.ts";

const window = (change: Partial<Window>): Window => ({
  days: null,
  hours: null,
  dates: null,
  zone: "UTC",
  because: "x",
  ...change,
});
const at = (text: string): number => Date.parse(text);
const closed = (change: Partial<Window>, text: string): boolean => closedBy([window(change)], at(text)) !== null;

describe("a window", () => {
  // 2026-11-27 is a Friday.
  it("closes days of the week, of its own zone", () => {
    expect(closed({ days: [4] }, "2026-11-27T00:00:00Z")).toBe(true);
    expect(closed({ days: [4] }, "2026-11-26T23:59:59Z")).toBe(false);
    expect(closed({ days: [4], zone: "Asia/Tokyo" }, "2026-11-26T15:00:00Z")).toBe(true);
    expect(closed({ days: [4], zone: "America/New_York" }, "2026-11-28T04:59:00Z")).toBe(true);
    expect(closed({ days: [4], zone: "America/New_York" }, "2026-11-28T05:00:00Z")).toBe(false);
  });

  it("closes hours, the end excluded", () => {
    const hours = { from: 16 * 60, to: 24 * 60 };
    expect(closed({ hours }, "2026-11-27T15:59:59Z")).toBe(false);
    expect(closed({ hours }, "2026-11-27T16:00:00Z")).toBe(true);
    expect(closed({ hours }, "2026-11-27T23:59:59Z")).toBe(true);
    expect(closed({ hours }, "2026-11-28T00:00:00Z")).toBe(false);
  });

  it("carries hours past midnight into the next day, and only then", () => {
    const night = { days: [4], hours: { from: 22 * 60, to: 6 * 60 } };
    expect(closed(night, "2026-11-27T05:00:00Z")).toBe(false);
    expect(closed(night, "2026-11-27T22:00:00Z")).toBe(true);
    expect(closed(night, "2026-11-28T05:59:00Z")).toBe(true);
    expect(closed(night, "2026-11-28T06:00:00Z")).toBe(false);
    expect(closed(night, "2026-11-28T22:30:00Z")).toBe(false);
  });

  it("closes dates, both included, over the end of a year", () => {
    const dates = { from: "2026-12-28", to: "2027-01-08" };
    expect(closed({ dates }, "2026-12-27T23:59:00Z")).toBe(false);
    expect(closed({ dates }, "2026-12-28T00:00:00Z")).toBe(true);
    expect(closed({ dates }, "2027-01-08T23:59:59Z")).toBe(true);
    expect(closed({ dates }, "2027-01-09T00:00:00Z")).toBe(false);
    const night = { dates, hours: { from: 22 * 60, to: 2 * 60 } };
    expect(closed(night, "2027-01-09T01:00:00Z")).toBe(true);
    expect(closed(night, "2026-12-28T01:00:00Z")).toBe(false);
  });

  it("holds through a change of the clocks", () => {
    // Berlin went back from 3:00 to 2:00 on 2026-10-25: half past two was there twice.
    const hours = { from: 2 * 60, to: 3 * 60 };
    const zone = "Europe/Berlin";
    expect(closed({ hours, zone }, "2026-10-25T00:30:00Z")).toBe(true);
    expect(closed({ hours, zone }, "2026-10-25T01:30:00Z")).toBe(true);
    expect(closed({ hours, zone }, "2026-10-25T02:00:00Z")).toBe(false);
  });
});

describe("opensAt", () => {
  it("says when the last of several windows in a row has ended", () => {
    const weekend = [
      window({ days: [4], hours: { from: 16 * 60, to: 24 * 60 } }),
      window({ days: [5, 6] }),
      window({ days: [0], hours: { from: 0, to: 9 * 60 + 30 } }),
    ];
    expect(opensAt(weekend, at("2026-11-27T17:13:09Z"))).toBe(at("2026-11-30T09:30:00Z"));
  });

  it("looks over weeks, and gives up after a year", () => {
    const holidays = window({ dates: { from: "2026-11-01", to: "2027-01-08" }, zone: "Europe/Moscow" });
    expect(opensAt([holidays], at("2026-11-27T00:00:00Z"))).toBe(at("2027-01-08T21:00:00Z"));
    expect(opensAt([window({ days: [0, 1, 2, 3, 4, 5, 6] })], at("2026-11-27T00:00:00Z"))).toBeNull();
  });
});

it("names a moment in the window's own zone", () => {
  expect(localName("Europe/Moscow", at("2026-11-27T13:05:00Z"))).toBe("2026-11-27 16:05 Europe/Moscow");
});
