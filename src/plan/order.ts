import type { Desired } from "./desired.ts";

/**
 * Which changing services each changing service waits for. A need that does not change itself hands on what it needs, so that
 * a child never overtakes its core through an unchanged service.
 * @throws Error when `needs` has a cycle: the fleet file's reader has refused that before.
 */
export function waitsFor(desired: Desired, changing: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const order = topological(desired);
  const waits = new Map<string, readonly string[]>();
  const needs = new Map(desired.services.map((service) => [service.name, service.needs]));
  for (const name of order) {
    const found = new Set<string>();
    for (const need of needs.get(name) ?? []) {
      if (changing.has(need)) found.add(need);
      else for (const further of waits.get(need) ?? []) found.add(further);
    }
    waits.set(name, [...found]);
  }
  const edges = new Map<string, Set<string>>([...changing].map((name) => [name, new Set<string>()]));
  for (const name of changing) {
    for (const need of waits.get(name) ?? []) {
      if (desired.direction === "forward") edges.get(name)?.add(need);
      else edges.get(need)?.add(name);
    }
  }
  const sequence = order.filter((name) => changing.has(name));
  if (desired.direction === "back") sequence.reverse();
  addGroups(desired, sequence, edges);
  return new Map([...edges].map(([name, set]) => [name, [...set].sort()]));
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
function topological(desired: Desired): readonly string[] {
  const known = new Set(desired.services.map(({ name }) => name));
  const left = new Map<string, number>();
  const wanted = new Map<string, string[]>();
  for (const { name, needs } of desired.services) {
    const inside = needs.filter((need) => known.has(need));
    left.set(name, inside.length);
    for (const need of inside) {
      const list = wanted.get(need);
      if (list === undefined) wanted.set(need, [name]);
      else list.push(name);
    }
  }
  const order = desired.services.filter(({ name }) => left.get(name) === 0).map(({ name }) => name);
  for (let index = 0; index < order.length; index += 1) {
    for (const name of wanted.get(order[index] ?? "") ?? []) {
      const count = (left.get(name) ?? 0) - 1;
      left.set(name, count);
      if (count === 0) order.push(name);
    }
  }
  if (order.length < desired.services.length) throw new Error("the services' needs form a cycle");
  return order;
}
