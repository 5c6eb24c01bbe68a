import { describe, expect, it } from "vitest";
import { csv } from "./csv.ts";
import { changesOf, figuresOf, median, type Period, type ReportedRelease } from "./figures.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
let nth = 0;
/** In minutes since the epoch. */
const release = (began: number, ended: number | null, change: Partial<ReportedRelease> = {}): ReportedRelease => {
  nth += 1;
  return {
    id: `r${nth}`,
    kind: "deploy",
    status: "verified",
    by: "ann@laptop",
    commit: null,
    createdAt: began * MINUTE,
    endedAt: ended === null ? null : ended * MINUTE,
    services: ["blog"],
    commits: [],
    breakGlass: null,
    ...change,
  };
};
const period = { from: 0, to: 10 * DAY };
const figures = (releases: readonly ReportedRelease[], of: Period) => figuresOf(changesOf(releases), of);

describe("the four figures", () => {
  it("are none where nothing was deployed", () => {
    expect(figures([], period)).toEqual({
      deployments: 0,
      perDay: 0,
      leadSeconds: null,
      failed: 0,
      failureRate: null,
      restoreSeconds: null,
    });
  });

  it("count what was verified, and the commits that came with it", () => {
    const releases = [
      release(100, 110, { commits: [0, 50 * MINUTE] }),
      release(200, 210, { commits: [200 * MINUTE], kind: "promote" }),
    ];
    expect(figures(releases, period)).toMatchObject({
      deployments: 2,
      perDay: 0.2,
      leadSeconds: 3600,
      failureRate: 0,
    });
  });

  it("take what was thrown back for failed, restored by itself", () => {
    const releases = [release(0, 5), release(10, 12, { status: "rolled-back", commits: [0] })];
    expect(figures(releases, period)).toMatchObject({
      deployments: 1,
      failed: 1,
      failureRate: 0.5,
      restoreSeconds: 120,
      leadSeconds: null,
    });
  });

  it("take what was rolled back before the next change for failed, and no later rollback of something else", () => {
    const bad = release(0, 5);
    const back = release(20, 25, { kind: "rollback" });
    expect(figures([bad, back], period)).toMatchObject({ deployments: 0, failed: 1, restoreSeconds: 1200 });
    expect(figures([bad, release(10, 15), back], period)).toMatchObject({
      deployments: 1,
      failed: 1,
      restoreSeconds: 600,
    });
    expect(figures([bad, { ...back, services: ["mail"] }], period)).toMatchObject({ deployments: 1, failed: 0 });
  });

  it("take what halted for restored by the next that was verified, whatever it was", () => {
    const halted = release(0, 5, { status: "halted" });
    expect(figures([halted], period)).toMatchObject({ failed: 1, restoreSeconds: null });
    expect(figures([halted, release(6, 8, { status: "rolled-back" }), release(30, 40)], period)).toMatchObject({
      failed: 2,
      deployments: 1,
    });
    expect(changesOf([halted, release(30, 40, { kind: "rollback" })])[0]?.restoreSeconds).toBe(2400);
  });

  it("are about what ended in the period, though what restored it came later", () => {
    const short = { from: 0, to: 10 * MINUTE };
    const releases = [release(0, 5), release(20, 25, { kind: "rollback" }), release(30, 35)];
    expect(figures(releases, short)).toMatchObject({ deployments: 0, failed: 1, restoreSeconds: 1200 });
  });

  it("leave out what has not ended, waits, or was refused", () => {
    const releases = [
      release(0, null, { status: "running" }),
      release(0, 1, { status: "refused" }),
      release(0, null, { status: "awaiting-approval" }),
    ];
    expect(figures(releases, period)).toMatchObject({ deployments: 0, failureRate: null });
  });

  it("do not depend on the order of the releases", () => {
    const releases = [
      release(0, 5),
      release(10, 15),
      release(20, 25, { kind: "rollback" }),
      release(30, 31, { status: "rolled-back" }),
    ];
    expect(figures(releases.toReversed(), period)).toEqual(figures(releases, period));
  });
});

it("a median is the middle, or between the two", () => {
  expect([median([]), median([3]), median([9, 1, 5]), median([1, 9, 5, 7])]).toEqual([null, 3, 5, 6]);
});

it("a cell of a table is nothing but a cell", () => {
  expect(csv([["a,b", 'say "x"', null, 1.5, "=cmd()", "-1+1", "@x", "a\nb"]])).toBe(
    '"a,b","say ""x""",,1.5,\'=cmd(),\'-1+1,\'@x,a b\r\n',
  );
});
