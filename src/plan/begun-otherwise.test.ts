import { expect, it } from "vitest";
import { containerOf, deployedOf, desiredOf, serviceOf, specOf } from "../../test/fleet-samples.ts";
import type { ContainerSpec } from "../fleet/container.ts";
import type { ServiceSpec } from "../fleet/fleet.ts";
import { sha256 } from "../io/digest.ts";
import { makePlan } from "./make-plan.ts";

const container = (change: Partial<ContainerSpec> = {}) => containerOf({ config: { Cmd: ["a"] }, ...change });

const why = (before: Partial<ServiceSpec>, after: Partial<ServiceSpec>) => {
  const wanted = (spec: Partial<ServiceSpec>) => desiredOf([serviceOf("blog", "a", { spec: specOf("blog", spec) })]);
  const { services } = makePlan(wanted(after), deployedOf(wanted(before)), sha256);
  return [services[0]?.change, services[0]?.why];
};

it.each<[string, Partial<ServiceSpec>, Partial<ServiceSpec>]>([
  ["its start command", { start: ["a"] }, { start: ["b"] }],
  ["its port", {}, { port: 1 }],
  ["a container now", {}, { container: container() }],
  ["no container any more", { container: container() }, {}],
  ["Cmd", { container: container() }, { container: container({ config: { Cmd: ["b"] } }) }],
  [
    "Memory, stopTimeout",
    { container: container() },
    { container: container({ hostConfig: { Memory: 1 }, stopTimeout: 5 }) },
  ],
])("a plan says what begins otherwise: %s", (said, before, after) => {
  expect(why(before, after)).toEqual(["update", `begins otherwise than what runs: ${said}`]);
});

it("says how many run where nothing else is the matter, and nothing of what is the same", () => {
  expect(why({}, { replicas: 3 })).toEqual(["update", expect.stringMatching(/^\d of 3 instances run$/)]);
  expect(why({ container: container() }, { container: container() })).toEqual(["none", "verified there"]);
});
