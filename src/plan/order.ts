import type { Desired } from "./desired.ts";

/**
 * Which changing services each changing service waits for. A need that does not change itself hands on what it needs, so that
 * a child never overtakes its core through an unchanged service.
 * @throws Error when `needs` has a cycle: the fleet file's reader has refused that before.
 */
export function waitsFor(desired: Desired, changing: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const graph = graphOf(desired);
  const { names } = graph;
  const order = topological(graph);
  const changes = names.map((name) => changing.has(name));
  const waits: (readonly number[])[] = names.map(() => []);
  for (const at of order) waits[at] = nearestChanging(graph.needs[at] ?? [], changes, waits);
  const sequence = order.filter((at) => changes[at]);
  if (desired.direction === "back") sequence.reverse();
  const edges: (readonly number[])[] = desired.direction === "forward" ? waits : turned(sequence, waits);
  addGroups(desired, { names, sequence, edges });
  const ranks = ranksOf(names);
  return new Map(
    sequence.map((at) => {
      const before = [...(edges[at] ?? [])].sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
      return [names[at] ?? "", before.map((need) => names[need] ?? "")];
    }),
  );
}

/** Each once; through needs that do not change to those that do. */
function nearestChanging(
  needs: readonly number[],
  changes: readonly boolean[],
  waits: readonly (readonly number[])[],
): readonly number[] {
  const found = new Set<number>();
  for (const need of needs) {
    if (changes[need]) found.add(need);
    else for (const further of waits[need] ?? []) found.add(further);
  }
  return [...found];
}

/** Backwards, those who need come before what they need. */
function turned(sequence: readonly number[], waits: readonly (readonly number[])[]): (readonly number[])[] {
  const edges: number[][] = waits.map(() => []);
  for (const at of sequence) for (const need of waits[at] ?? []) edges[need]?.push(at);
  return edges;
}

/** Each one's place by name: numbers are compared faster than names. */
function ranksOf(names: readonly string[]): readonly number[] {
  const ranks: number[] = names.map(() => 0);
  const sorted = [...names.keys()].sort((a, b) => ((names[a] ?? "") < (names[b] ?? "") ? -1 : 1));
  for (const [rank, at] of sorted.entries()) ranks[at] = rank;
  return ranks;
}

/** The services and their needs by number: each name is looked up once, however often it is needed. */
type Graph = Readonly<{ names: readonly string[]; needs: readonly (readonly number[])[] }>;

function graphOf({ services }: Desired): Graph {
  const numbers = new Map(services.map(({ name }, number) => [name, number]));
  const needs = services.map((service) => {
    const own: number[] = [];
    for (const need of service.needs) {
      const number = numbers.get(need);
      if (number !== undefined) own.push(number);
    }
    return own;
  });
  return { names: services.map(({ name }) => name), needs };
}

type Edges = Readonly<{
  names: readonly string[];
  /** Those that change, in their order. */
  sequence: readonly number[];
  edges: (readonly number[])[];
}>;

/** Groups are walls: nothing of a group starts before everything of the one before it is ready. */
function addGroups({ groups, direction }: Desired, { names, sequence, edges }: Edges): void {
  if (groups === "waves") return;
  const numbers = new Map(sequence.map((at) => [names[at] ?? "", at]));
  const declared =
    groups === "one-by-one"
      ? sequence.map((at) => [at])
      : groups.map((group) => group.flatMap((name) => numbers.get(name) ?? []));
  const ordered = groups !== "one-by-one" && direction === "back" ? declared.reverse() : declared;
  let before: readonly number[] = [];
  for (const group of ordered) {
    if (group.length === 0) continue;
    for (const at of group) edges[at] = [...new Set([...(edges[at] ?? []), ...before])];
    before = group;
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
