/** From each node to those that it needs. Needs that are no nodes are ignored. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/**
 * A shortest cycle through the first node that is on one, closed (`[a, b, a]`), or null. Linear and iterative, so that
 * a fleet of thousands of services cannot overflow the stack.
 */
export function cyclePath(nodes: readonly string[], edges: Edges): readonly string[] | null {
  return cyclePaths(nodes, edges)[0] ?? null;
}

/** One shortest closed path for each knot of nodes that need each other, self-needs included; in the order of the nodes. */
export function cyclePaths(nodes: readonly string[], edges: Edges): readonly (readonly string[])[] {
  const knot = knots(nodes, edges);
  const seen = new Set<number>();
  const paths: (readonly string[])[] = [];
  for (const node of nodes) {
    const number = knot.get(node);
    if (number === undefined || seen.has(number)) continue;
    const path = shortestWayBack(node, edges, (next) => knot.get(next) === number);
    if (path === null) continue;
    seen.add(number);
    paths.push(path);
  }
  return paths;
}

/** Breadth first from a node to itself, over the nodes that `within` admits. */
function shortestWayBack(start: string, edges: Edges, within: (node: string) => boolean): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head] as string;
    for (const next of edges.get(node) ?? []) {
      if (next === start) {
        const path = [start];
        for (let step: string | undefined = node; step !== undefined; step = cameFrom.get(step)) path.push(step);
        if (path[path.length - 1] !== start) path.push(start);
        return path.reverse();
      }
      if (!within(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return null;
}

/** Numbers the strongly connected components (Tarjan, with a stack of its own). */
function knots(nodes: readonly string[], edges: Edges): ReadonlyMap<string, number> {
  const known = new Set(nodes);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const knot = new Map<string, number>();
  const open: string[] = [];
  let count = 0;
  const enter = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    open.push(node);
    return { node, next: 0 };
  };
  const lower = (node: string, to: number) => low.set(node, Math.min(low.get(node) ?? to, to));
  for (const root of nodes) {
    if (index.has(root)) continue;
    const stack = [enter(root)];
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const next = edges.get(frame.node)?.[frame.next++];
      if (next !== undefined) {
        if (!known.has(next)) continue;
        if (!index.has(next)) stack.push(enter(next));
        else if (!knot.has(next)) lower(frame.node, index.get(next) as number);
        continue;
      }
      stack.pop();
      const parent = stack.at(-1);
      const mine = low.get(frame.node) as number;
      if (parent !== undefined) lower(parent.node, mine);
      if (mine !== index.get(frame.node)) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        knot.set(member, count);
        if (member === frame.node) break;
      }
      count++;
    }
  }
  return knot;
}

/**
 * Groups that may go at the same time: everything that a node needs is in an earlier wave, and each node is in the earliest
 * wave possible, in the order given. Throws on a cycle: fleets with cycles have been refused before.
 */
export function waves(nodes: readonly string[], edges: Edges): readonly (readonly string[])[] {
  const known = new Set(nodes);
  const waiting = new Map<string, number>();
  const dependants = new Map<string, string[]>();
  for (const node of known) {
    const needs = new Set((edges.get(node) ?? []).filter((need) => known.has(need)));
    waiting.set(node, needs.size);
    for (const need of needs) {
      const list = dependants.get(need);
      if (list === undefined) dependants.set(need, [node]);
      else list.push(node);
    }
  }
  const place = new Map([...known].map((node, at) => [node, at]));
  const result: string[][] = [];
  let wave = [...known].filter((node) => waiting.get(node) === 0);
  let placed = 0;
  while (wave.length > 0) {
    result.push(wave);
    placed += wave.length;
    const next: string[] = [];
    for (const done of wave) {
      for (const dependant of dependants.get(done) ?? []) {
        const left = (waiting.get(dependant) ?? 0) - 1;
        waiting.set(dependant, left);
        if (left === 0) next.push(dependant);
      }
    }
    wave = next.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  }
  if (placed < known.size) throw new Error(`a cycle: ${(cyclePath(nodes, edges) ?? []).join(" → ")}`);
  return result;
}

/** What is needed before who needs it; otherwise in the order given, wave by wave. Throws on a cycle. */
export function topologicalOrder(nodes: readonly string[], edges: Edges): readonly string[] {
  return waves(nodes, edges).flat();
}
