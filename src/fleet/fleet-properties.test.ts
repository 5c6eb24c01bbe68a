import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { type FleetResult, parseFleet } from "./parse-fleet.ts";
import { fleetSchema } from "./schema.ts";
import { allKeys } from "./schema-keys.ts";

const parse = (text: string): FleetResult => parseFleet({ text, file: "/r/sampan.yaml", root: "/r" });

/** Words of the language and hostile ones, so that what is generated gets past the first check. */
const keys = [...new Set(allKeys(fleetSchema).map((path) => path.split(".").at(-1) ?? ""))];
const names = fc.constantFrom(
  "a",
  "b",
  "core",
  "staging",
  "__proto__",
  "constructor",
  "$(id)",
  "../x",
  "-x",
  "it's",
  "a\nb",
  "",
);
const words = fc.oneof(
  names,
  fc.constantFrom(
    "10s",
    "none",
    "GET / -> 200",
    "/v1",
    "rolling",
    "waves",
    "local",
    "level>=error",
    "(a+)+",
    "postgres://x",
    "kubernetes",
  ),
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, words, tie("list"), tie("map")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  map: fc.dictionary(fc.oneof(fc.constantFrom(...keys), names), tie("value"), { maxKeys: 5 }),
}));
const service = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 });
const fleet = fc.record({
  fleet: fc.oneof({ weight: 4, arbitrary: fc.constant("shop") }, { weight: 1, arbitrary: words }),
  services: fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(names, service, { maxKeys: 4 }) },
    { weight: 1, arbitrary: value },
  ),
  environments: fc.oneof(
    { weight: 4, arbitrary: fc.dictionary(names, service, { maxKeys: 3 }) },
    { weight: 1, arbitrary: value },
  ),
});

function expectSound(result: FleetResult): void {
  if ("fleet" in result) {
    for (const name of [...Object.keys(result.fleet.services), ...Object.keys(result.fleet.environments)]) {
      expect(name).toMatch(/^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/);
    }
    return;
  }
  expect(result.problems.length).toBeGreaterThan(0);
  for (const one of result.problems) {
    expect(one.code).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(`${one.message}${one.hint}`).not.toMatch(/[\n\r]|undefined|\[object/);
    expect(one.line).toBeGreaterThanOrEqual(1);
    expect(one.column).toBeGreaterThanOrEqual(1);
  }
}

// Hundreds of cases, on a machine that others may use as well.
vi.setConfig({ testTimeout: 120_000 });

describe("any fleet file", () => {
  it("property: is a fleet or problems with places, never an exception", () => {
    fc.assert(
      fc.property(fleet, (file) => expectSound(parse(stringify(file)))),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("property: a good file that is broken anywhere is refused or still a fleet, never an exception", () => {
    const good = stringify({
      fleet: "shop",
      services: {
        a: { path: "a", tier: "core", smoke: ["GET / -> 200"], routes: ["/v1"], logs: { critical: ["level>=error"] } },
        b: { path: "b", needs: ["a"], smoke: { none: "x" }, strategy: { canary: { weights: [5, 50] } } },
      },
      environments: {
        s: { listen: 90, rollout: { groups: [["a"], ["b"]] } },
        p: { after: "s", target: { kind: "process" } },
      },
    });
    expect("fleet" in parse(good)).toBe(true);
    fc.assert(
      fc.property(
        fc.nat({ max: good.length }),
        fc.nat({ max: 6 }),
        fc.string({ unit: "binary", maxLength: 4 }),
        (at, cut, put) => {
          expectSound(parse(good.slice(0, at) + put + good.slice(at + cut)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("property: services that need each other at random are a fleet exactly when there is no cycle", () => {
    const graph = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 2 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(graph, (needs) => {
        const services = Object.fromEntries(
          needs.map((list, at) => [
            `s${at}`,
            { path: "x", smoke: { none: "x" }, needs: list.filter((n) => n < needs.length).map((n) => `s${n}`) },
          ]),
        );
        const result = parse(stringify({ fleet: "f", services, environments: { e: {} } }));
        expect("problems" in result).toBe(reaches(needs));
        if ("problems" in result) for (const one of result.problems) expect(one.message).toContain(" → ");
      }),
    );
  });

  const many = (count: number, more: string) => {
    const services = Array.from({ length: count }, (_, at) => {
      const needs = at < 10 ? [] : [1, 2, 3, 4, 5].map((step) => `s${Math.floor(at / (step + 1))}`);
      return `  s${at}: { needs: [${[...new Set(needs)].join(", ")}], ${at < 3 ? "tier: core, " : ""}${more} }`;
    });
    return parse(`fleet: f\nservices:\n${services.join("\n")}\nenvironments:\n  e: {}\n`);
  };

  it("ten thousand services with fifty thousand needs are read", { timeout: 120_000 }, () => {
    const result = many(10_000, "path: x, smoke: { none: x }");
    expect("problems" in result ? result.problems.slice(0, 3) : []).toEqual([]);
  });

  it("thousands of mistakes are told, each with its place", { timeout: 120_000 }, () => {
    const result = many(2000, "smok: { none: x }");
    expect("problems" in result ? result.problems.length : 0).toBe(6000);
  });
});

/** Does any node reach itself? */
function reaches(needs: readonly (readonly number[])[]): boolean {
  const from = (start: number, seen: Set<number>): Set<number> => {
    for (const next of needs[start] ?? []) {
      if (next >= needs.length || seen.has(next)) continue;
      seen.add(next);
      from(next, seen);
    }
    return seen;
  };
  return needs.some((_, at) => from(at, new Set()).has(at));
}
