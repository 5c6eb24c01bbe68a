import { describe, expect, it } from "vitest";
import { revisionOf, specOf } from "../../test/fleet-samples.ts";
import { driftOf } from "./drift.ts";
import type { InstanceState, ObservedInstance, ObservedService, Revision, VerifiedMark } from "./observed.ts";

const good = revisionOf("good");
const other = revisionOf("other");

const instance = (id: string, revision: Revision, state: InstanceState = "running"): ObservedInstance => ({
  id,
  service: "blog",
  revision,
  operationId: "r1/blog.bring/1",
  release: "r1",
  state,
  pid: 1,
  address: { host: "127.0.0.1", port: 20_000 },
  restarts: 0,
  lastExit: null,
  container: null,
  startedAt: 0,
});

const mark: VerifiedMark = {
  service: "blog",
  revision: good,
  release: "r1",
  restores: null,
  at: 0,
  migration: null,
  held: [],
  spec: specOf("blog", { replicas: 2 }),
  source: "/bundles/blog",
};

const service = (change: Partial<ObservedService>): ObservedService => ({
  instances: [instance("a", good), instance("b", good)],
  route: {
    service: "blog",
    match: mark.spec.routes,
    backends: [
      { instance: "a", weight: 1 },
      { instance: "b", weight: 1 },
    ],
  },
  marks: [mark],
  migrations: [],
  ...change,
});

describe("drift", () => {
  it("is none where what is verified runs and gets the traffic", () => {
    expect(driftOf(service({}))).toEqual([]);
  });

  it("is what should run and does not", () => {
    expect(driftOf(service({ instances: [instance("a", good)] }))).toEqual([
      "1 of 2 verified instances run",
      "the router sends requests to b",
    ]);
    expect(driftOf(service({ route: null }))).toEqual(["the router sends it nothing"]);
  });

  it("is what runs and should not", () => {
    const instances = [instance("a", good), instance("b", good), instance("c", other), instance("d", good)];
    const found = driftOf(service({ instances }));
    expect(found).toContain("1 more than declared");
    expect(found.some((line) => line.startsWith("c runs "))).toBe(true);
    expect(driftOf(service({ marks: [] }))).toEqual(["2 unverified instances"]);
  });

  it("is an instance that keeps dying", () => {
    const dying = { ...instance("b", good, "restarting"), lastExit: "exit code 7" };
    expect(driftOf(service({ instances: [instance("a", good), dying] }))).toEqual(["b keeps dying (exit code 7)"]);
  });
});
