import { describe, expect, it } from "vitest";
import { deployedOf, desiredOf, serviceOf, specOf } from "../../test/fleet-samples.ts";
import { sha256 } from "../io/digest.ts";
import { makePlan } from "./make-plan.ts";
import type { ServiceChange } from "./plan.ts";
import { planIdOf } from "./plan-id.ts";

const fleet = (version: string) =>
  desiredOf([
    serviceOf("auth", version, { spec: specOf("auth", { strategy: { kind: "canary", weights: [10], watch: 5 } }) }),
    serviceOf("blog", version, { needs: ["auth"] }),
  ]);
const { id, ...body } = makePlan(fleet("2"), deployedOf(fleet("1")), sha256);

type Tree = { [key: string]: Tree } | Tree[] | string | number | boolean | null;

/** Each value of a plan that holds no others, by its way there: what lacks a whole part is refused for its shape before. */
function* places(tree: Tree, way: readonly string[] = []): Generator<readonly string[]> {
  if (tree === null || typeof tree !== "object") yield way;
  else for (const [key, inner] of Object.entries(tree)) yield* places(inner, [...way, key]);
}

/** A copy in which that one is another, or, where `value` is undefined, is not there. */
function with_(tree: Tree, [key = "", ...rest]: readonly string[], value: Tree | undefined): Tree {
  const copy = (Array.isArray(tree) ? [...tree] : { ...(tree as { [key: string]: Tree }) }) as { [key: string]: Tree };
  if (rest.length > 0) copy[key] = with_(copy[key] ?? null, rest, value);
  else if (value !== undefined) copy[key] = value;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

/** Every gate for another revision, whatever it is. */
const gatesFor = (revision: (of: ServiceChange | undefined) => unknown) => ({
  steps: body.steps.map((step) =>
    step.action.kind !== "gate"
      ? step
      : {
          ...step,
          action: { ...step.action, revision: revision(body.services.find(({ name }) => name === step.service)) },
        },
  ) as never,
});

/** Null for what has lost its shape: it is refused before its id is asked for. */
function idOf(tree: Tree): string | null {
  try {
    return planIdOf(tree as never, sha256);
  } catch {
    return null;
  }
}

describe("the id of a plan", () => {
  it("is the same for what was written to a file and read again", () => {
    const { id: read, ...again } = JSON.parse(JSON.stringify({ id, ...body }));
    expect(read).toBe(id);
    expect(planIdOf(again, sha256)).toBe(id);
  });

  it.each([
    ["a step taken away", { steps: body.steps.slice(1) }],
    ["two steps swapped", { steps: [...body.steps].reverse() }],
    ["a step that waits for nothing", { steps: body.steps.map((step) => ({ ...step, after: [] })) }],
    ["a service taken away", { services: body.services.slice(1) }],
    ["another environment", { environment: "production" }],
    ["another way to fail", { onFailure: "halt" as const }],
    ["something added", { more: true }],
    ["gates for the revision before", gatesFor((of) => of?.from)],
    ["gates for no revision", gatesFor(() => undefined)],
    ["gates for what only looks like a revision that is named", gatesFor(() => "to")],
  ])("is another one for %s", (_, change) => {
    expect(planIdOf({ ...body, ...change }, sha256)).not.toBe(id);
  });

  it("is another one whatever is altered in it, added to it or taken away", () => {
    const tree = JSON.parse(JSON.stringify(body)) as Tree;
    const same: string[] = [];
    const tried = [...places(tree)];
    for (const way of tried) {
      for (const value of ["something else", undefined]) {
        if (idOf(with_(tree, way, value)) === id) same.push(`${way.join(".")}: ${value}`);
      }
    }
    expect(same).toEqual([]);
    expect(tried.length).toBeGreaterThan(300);
  });
});
