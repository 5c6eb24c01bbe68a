import { describe, expect, it } from "vitest";
import { revisionOf, specOf } from "../../test/fleet-samples.ts";
import type { Observed, VerifiedMark } from "./observed.ts";
import { waysBack } from "./rollback.ts";

const mark = (service: string, release: string, version: string, restores: string | null = null): VerifiedMark => ({
  service,
  revision: revisionOf(`${service}-${version}`),
  release,
  restores,
  at: 0,
  migration: null,
  held: [],
  spec: specOf(service),
  source: `/bundles/${service}`,
});

/** Marks of each service, newest first. */
const observed = (marks: Readonly<Record<string, readonly VerifiedMark[]>>): Observed => ({
  environment: "staging",
  services: Object.fromEntries(
    Object.entries(marks).map(([name, own]) => [name, { instances: [], route: null, marks: own, migrations: [] }]),
  ),
});

const back = (from: Observed, to: string | null = null, services: readonly string[] | null = null) => {
  const { ways, problems } = waysBack(from, { to, services });
  return problems.length > 0
    ? problems.map(({ code }) => code)
    : ways.map(({ service, mark: to }) => `${service} → ${to?.release ?? "gone"}`);
};

describe("the way back", () => {
  const two = observed({
    auth: [mark("auth", "r1", "1")],
    blog: [mark("blog", "r3", "3"), mark("blog", "r2", "2"), mark("blog", "r1", "1")],
    pulse: [mark("pulse", "r3", "1")],
  });

  it("undoes the newest release, and nothing that it did not change", () => {
    expect(back(two)).toEqual(["blog → r2", "pulse → gone"]);
  });

  it("leads to how things stood after a release", () => {
    expect(back(two, "r2")).toEqual(["blog → r2", "pulse → gone"]);
    expect(back(two, "r1")).toEqual(["blog → r1", "pulse → gone"]);
    expect(back(two, "r3")).toEqual(["already-there"]);
    expect(back(two, "r0")).toEqual(["nothing-verified"]);
  });

  it("can be asked for single services", () => {
    expect(back(two, null, ["blog"])).toEqual(["blog → r2"]);
    expect(back(two, null, ["nobody"])).toEqual(["nothing-verified"]);
  });

  it("goes further back the second time, not forth", () => {
    const once = observed({ blog: [mark("blog", "r4", "2", "r2"), ...(two.services.blog?.marks ?? [])] });
    expect(back(once)).toEqual(["blog → r1"]);
  });

  it("passes over releases that verified the same revision again", () => {
    const same = observed({ blog: [mark("blog", "r3", "2"), mark("blog", "r2", "2"), mark("blog", "r1", "1")] });
    expect(back(same)).toEqual(["blog → r1"]);
  });

  it("does not lead from the first release to nothing", () => {
    expect(back(observed({ blog: [mark("blog", "r1", "1")] }))).toEqual(["nothing-verified"]);
    expect(back(observed({}))).toEqual(["nothing-verified"]);
  });
});
