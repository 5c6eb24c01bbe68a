import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cyclePath, cyclePaths, type Edges, topologicalOrder, waves } from "./graph.ts";

const edges = (record: Readonly<Record<string, readonly string[]>>): Edges => new Map(Object.entries(record));

/** Edges only from later to earlier nodes: no cycle. */
const acyclic = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc.array(fc.array(fc.nat({ max: count }), { maxLength: 5 }), { minLength: count, maxLength: count }).map((needs) => ({
    nodes: needs.map((_, at) => `n${at}`),
    edges: new Map(needs.map((list, at) => [`n${at}`, list.filter((need) => need < at).map((need) => `n${need}`)])),
  })),
);

const anyGraph = fc.array(fc.array(fc.nat({ max: 9 }), { maxLength: 3 }), { maxLength: 10 }).map((needs) => ({
  nodes: needs.map((_, at) => `n${at}`),
  edges: new Map(needs.map((list, at) => [`n${at}`, list.map((need) => `n${need}`)])),
}));

describe("graph", () => {
  it("finds the shortest cycle through the first node that is on one", () => {
    const graph = edges({ a: ["b"], b: ["c", "d"], c: ["d"], d: ["b"], e: ["a"] });
    expect(cyclePath(["e", "a", "b", "c", "d"], graph)).toEqual(["b", "d", "b"]);
    expect(cyclePath(["a"], edges({ a: ["a"] }))).toEqual(["a", "a"]);
    expect(cyclePath(["a", "b"], edges({ a: ["b", "unknown"] }))).toBeNull();
  });

  it("tells each knot once", () => {
    const graph = edges({ a: ["b"], b: ["a"], c: ["d"], d: ["e"], e: ["c"], f: ["a", "c"] });
    expect(cyclePaths(["f", "a", "b", "c", "d", "e"], graph)).toEqual([
      ["a", "b", "a"],
      ["c", "d", "e", "c"],
    ]);
  });

  it("puts each node into the earliest wave, in the order given", () => {
    const graph = edges({ points: ["auth"], atlas: ["content", "auth"], content: ["auth"], blog: [] });
    expect(waves(["points", "blog", "atlas", "content", "auth"], graph)).toEqual([
      ["blog", "auth"],
      ["points", "content"],
      ["atlas"],
    ]);
    expect(waves([], graph)).toEqual([]);
  });

  it("property: what is needed is before who needs it, and nothing is lost", () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const order = topologicalOrder(graph.nodes, graph.edges);
        expect([...order].sort()).toEqual([...graph.nodes].sort());
        const place = new Map(order.map((node, at) => [node, at]));
        for (const [node, needs] of graph.edges) {
          for (const need of needs) expect(place.get(need)).toBeLessThan(place.get(node) as number);
        }
        expect(cyclePath(graph.nodes, graph.edges)).toBeNull();
      }),
    );
  });

  it("property: a path of a cycle is one, and where there is none there are waves", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const path = cyclePath(graph.nodes, graph.edges);
        if (path === null) {
          expect(waves(graph.nodes, graph.edges).flat()).toHaveLength(graph.nodes.length);
          return;
        }
        expect(path.length).toBeGreaterThan(1);
        expect(path[0]).toBe(path.at(-1));
        path.slice(1).forEach((node, at) => {
          expect(graph.edges.get(path[at] as string)).toContain(node);
        });
        expect(() => waves(graph.nodes, graph.edges)).toThrow("a cycle");
      }),
    );
  });

  it("does not overflow the stack on a chain of thirty thousand", () => {
    const nodes = Array.from({ length: 30_000 }, (_, at) => `n${at}`);
    const chain = new Map(nodes.map((node, at) => [node, at === 0 ? [] : [nodes[at - 1] as string]]));
    expect(cyclePath(nodes, chain)).toBeNull();
    expect(waves(nodes, chain)).toHaveLength(30_000);
    chain.set("n0", ["n29999"]);
    expect(cyclePath(nodes, chain)).toHaveLength(30_001);
  });
});
