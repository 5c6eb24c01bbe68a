import type { Plan } from "../../plan/plan.ts";

/** More than these are a wall: then services are shown, and what each waits for. */
const STEPS = 80;

/** The plan's graph as Mermaid draws it. Names of steps and services are of letters that it takes for nothing else. */
export function mermaidOf(plan: Plan): string {
  const edges = plan.steps.length <= STEPS ? stepEdges(plan) : serviceEdges(plan);
  const ids = new Map(edges.nodes.map((name, at) => [name, `n${at}`]));
  return [
    "```mermaid",
    "flowchart LR",
    ...edges.nodes.map((name) => `  ${ids.get(name)}["${label(name)}"]`),
    ...edges.pairs.map(([from, to]) => `  ${ids.get(from)} --> ${ids.get(to)}`),
    "```",
  ].join("\n");
}

type Edges = Readonly<{ nodes: readonly string[]; pairs: readonly (readonly [string, string])[] }>;

const stepEdges = ({ steps }: Plan): Edges => ({
  nodes: steps.map(({ id }) => id),
  pairs: steps.flatMap(({ id, after }) => after.map((before) => [before, id] as const)),
});

function serviceEdges({ steps }: Plan): Edges {
  const serviceOf = new Map(steps.map(({ id, service }) => [id, service]));
  const pairs = new Map<string, readonly [string, string]>();
  for (const { service, after } of steps) {
    for (const before of after) {
      const other = serviceOf.get(before) ?? service;
      if (other !== service) pairs.set(`${other} ${service}`, [other, service]);
    }
  }
  return { nodes: [...new Set(serviceOf.values())], pairs: [...pairs.values()] };
}

const label = (text: string): string => text.replace(/[^A-Za-z0-9 ._-]/g, (sign) => `#${sign.codePointAt(0)};`);
