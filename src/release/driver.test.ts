import { describe, expect, it } from "vitest";
import { specOf } from "../../test/fleet-samples.ts";
import type { Action, InstanceRef, Step } from "../plan/plan.ts";
import { memoryTarget } from "../targets/memory/memory-target.ts";
import { emptyWorld } from "../targets/memory/world.ts";
import { targetDriver } from "./driver.ts";

const signal = new AbortController().signal;
const still = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
const revision = { artifact: `sha256:${"0".repeat(64)}`, commit: "0".repeat(40), variables: "0".repeat(64) };
const refs = (ids: readonly string[]): InstanceRef[] => ids.map((observed) => ({ observed }));

/** What the router does once traffic is shifted to groups of so many instances and so much weight. */
async function shifted(groups: readonly (readonly [count: number, weight: number])[]): Promise<readonly number[]> {
  const world = emptyWorld();
  const target = memoryTarget({ world, environment: "staging", clock: still, script: () => {} });
  world.staged.set(`blog/${revision.variables}`, { variables: {}, own: new Set() });
  const fence = await target.claim("test", { signal });
  const cx = { operationId: "r/blog.bring/1", release: "r", fence, signal, log: () => {} };
  const count = groups.reduce((sum, [size]) => sum + size, 0);
  const handles = await target.bring({ service: "blog", revision, source: "/b", spec: specOf("blog") }, count, cx);
  const ids = handles.map(({ id }) => id);
  const backends = groups.map(([size, weight]) => ({ instances: refs(ids.splice(0, size)), weight }));
  const action: Action = { kind: "shift", match: [{ kind: "prefix", prefix: "/" }], backends };
  const step: Step = { id: "blog.shift", service: "blog", action, after: [], undo: null };
  const driver = targetDriver({
    composeConfig: async () => "{}",
    target,
    release: "r",
    fence,
    runGate: async () => expect.unreachable("no gate is asked for"),
    migrate: async () => {},
    migrated: async () => false,
    log: () => {},
  });
  const instances = async (wanted: readonly InstanceRef[]) =>
    wanted.flatMap((ref) => ("observed" in ref ? [ref.observed] : []));
  const operation = { id: "r/blog.shift/1", step, way: "do", action, instances } as const;
  expect(await driver.probe(operation, signal)).toBeNull();
  await driver.perform(operation, signal);
  expect(await driver.probe(operation, signal)).toEqual({});
  return world.routes.get("blog")?.backends.map(({ weight }) => weight) ?? [];
}

const share = (weights: readonly number[], first: number): number =>
  weights.slice(0, first).reduce((sum, weight) => sum + weight, 0) / weights.reduce((sum, weight) => sum + weight, 0);

describe("shifting traffic", () => {
  it.each([
    {
      groups: [
        [1, 5],
        [4, 95],
      ],
      first: 1,
      wanted: 0.05,
    },
    {
      groups: [
        [1, 50],
        [3, 50],
      ],
      first: 1,
      wanted: 0.5,
    },
    {
      groups: [
        [4, 50],
        [2, 50],
      ],
      first: 4,
      wanted: 0.5,
    },
    {
      groups: [
        [3, 1],
        [2, 1],
      ],
      first: 3,
      wanted: 0.6,
    },
  ] as const)("gives $groups the shares that they name", async ({ groups, first, wanted }) => {
    expect(share(await shifted(groups), first)).toBeCloseTo(wanted, 2);
  });

  it("puts weights back as they were found", async () => {
    expect(
      await shifted([
        [1, 2500],
        [1, 4750],
        [1, 0],
      ]),
    ).toEqual([2500, 4750, 0]);
  });
});
