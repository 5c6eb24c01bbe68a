import type { Desired } from "./desired.ts";

/**
 * Which changing services each changing service waits for. A need that does not change itself hands on what it needs, so that
 * a child never overtakes its core through an unchanged service.
 * @throws Error when `needs` has a cycle: the fleet file's reader has refused that before.
 */
export function waitsFor(desired: Desired, changing: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const graph = graphOf(desired);
  const order = topological(graph);
  const changes = graph.names.map((name) => changing.has(name));
  const waits: (readonly number[])[] = graph.names.map(() => []);
  for (const at of order) {
    const found = new Set<number>();
    for (const need of graph.needs[at] ?? []) {
      if (changes[need]) found.add(need);
      else for (const further of waits[need] ?? []) found.add(further);
    }
    waits[at] = [...found];
  }
  const named = (at: number): string => graph.names[at] ?? "";
  const edges = new Map([...changing].map((name) => [name, new Set<string>()]));
  const sequence = order.filter((at) => changes[at]);
  for (const at of sequence) {
    for (const need of waits[at] ?? []) {
      if (desired.direction === "forward") edges.get(named(at))?.add(named(need));
      else edges.get(named(need))?.add(named(at));
    }
  }
  if (desired.direction === "back") sequence.reverse();
  addGroups(desired, sequence.map(named), edges);
  return new Map([...edges].map(([name, set]) => [name, [...set].sort()]));
}

/** The services and their needs by number: each name is looked up once, however often it is needed. */
type Graph = Readonly<{ names: readonly string[]; needs: readonly (readonly number[])[] }>;

function graphOf({ services }: Desired): Graph {
  const numbers = new Map(services.map(({ name }, number) => [name, number]));
  const needs = services.map((service) => service.needs.flatMap((need) => numbers.get(need) ?? []));
  return { names: services.map(({ name }) => name), needs };
}

/** Groups are walls: nothing of a group starts before everything of the one before it is ready. */
function addGroups(desired: Desired, sequence: readonly string[], edges: Map<string, Set<string>>): void {
  const { groups } = desired;
  if (groups === "waves") return;
  const declared = groups === "one-by-one" ? sequence.map((name) => [name]) : groups;
  const ordered = groups !== "one-by-one" && desired.direction === "back" ? [...declared].reverse() : declared;
  const changing = new Set(sequence);
  let before: readonly string[] = [];
  for (const group of ordered) {
    const present = group.filter((name) => changing.has(name));
    if (present.length === 0) continue;
    for (const name of present) for (const earlier of before) edges.get(name)?.add(earlier);
    before = present;
  }
}

/** Needs before those who need them; ties in the order of the fleet file. Iterative: a chain of 10,000 services is no stack. */
function topological({ needs }: Graph): readonly number[] {
  const left = needs.map((own) => own.length);
  const wanted: number[][] = needs.map(() => []);
  for (const [at, own] of needs.entries()) for (const need of own) wanted[need]?.push(at);
  const order = [...left.keys()].filter((at) => left[at] === 0);
  for (let next = 0; next < order.length; next += 1) {
    for (const at of wanted[order[next] ?? 0] ?? []) {
      const count = (left[at] ?? 0) - 1;
      left[at] = count;
      if (count === 0) order.push(at);
    }
  }
  if (order.length < needs.length) throw new Error("the services' needs form a cycle");
  return order;
}
