import { cyclePaths, type Edges } from "./graph.ts";
import type { Finding } from "./issues.ts";
import type { FleetFile } from "./schema.ts";
import { suggester } from "./suggest.ts";
import { treeAt, type YamlPath, type YamlTree } from "./yaml-tree.ts";

export const CORE = "core";

/** More needs than that are not a graph that anybody meant. */
const MAX_IMPLIED = 2_000_000;

export type Needs = Readonly<{
  /** Declared needs and those that the tier implies, sorted, without duplicates. */
  needs: ReadonlyMap<string, readonly string[]>;
  findings: readonly Finding[];
}>;

/** The graph of the services: every need is a service, core needs only core, nothing needs itself by any way. */
export function checkNeeds(services: FleetFile["services"], tree: YamlTree): Needs {
  const findings: Finding[] = [];
  const suggest = suggester();
  const declared = [...(treeAt(tree, ["services"])?.keys?.keys() ?? [])];
  const names = new Set(declared);
  const core = Object.keys(services)
    .filter((name) => services[name]?.tier === CORE)
    .sort();
  const isCore = new Set(core);
  // A service whose tier is wrong may have been meant for core.
  const isChild = (name: string) =>
    Object.hasOwn(services, name) &&
    !isCore.has(name) &&
    (services[name]?.tier !== undefined || treeAt(tree, ["services", name, "tier"]) === null);
  const edges = new Map<string, readonly string[]>();
  const say = (path: YamlPath, code: string, message: string, hint: string | null) =>
    findings.push({ path, at: "value", code, message, hint });

  for (const [name, service] of Object.entries(services)) {
    const kept: string[] = [];
    for (const need of new Set(service?.needs ?? [])) {
      const at = () => needPath(tree, name, need);
      if (need === name) {
        say(at(), "cycle", `services.${name} needs itself: ${name} → ${name}`, "take it out");
      } else if (!names.has(need)) {
        const meant = suggest(need, declared);
        const hint = meant === null ? "declare it under services" : `did you mean ${meant}?`;
        say(at(), "unknown-need", `services.${name} needs ${need}, which is no service of the fleet`, hint);
      } else if (isCore.has(name) && isChild(need)) {
        const message = `a cycle: ${name} → ${need} → ${name} (${need} is outside core, so it needs all of core)`;
        say(at(), "core-needs-child", message, `put ${need} into core too, or take the need out`);
      } else {
        kept.push(need);
      }
    }
    edges.set(name, kept);
  }
  for (const cycle of cyclePaths([...edges.keys()], edges)) {
    const [from = "", to = ""] = cycle;
    say(needPath(tree, from, to), "cycle", `a cycle: ${inShort(cycle)}`, "one of them must do without the other");
  }
  if (core.length * (edges.size - core.length) > MAX_IMPLIED) {
    const message = `core has ${core.length} services and ${edges.size - core.length} others need all of them`;
    say(["services"], "too-many-needs", message, "make core smaller");
    return { needs: edges, findings };
  }
  return { needs: withCore(edges, core, isCore), findings };
}

function withCore(edges: Edges, core: readonly string[], isCore: ReadonlySet<string>): Edges {
  const needs = new Map<string, readonly string[]>();
  for (const [name, own] of edges) {
    if (isCore.has(name)) needs.set(name, own.toSorted());
    // Most services need nothing beyond core: they share one list.
    else if (own.every((need) => isCore.has(need))) needs.set(name, core);
    else needs.set(name, [...new Set([...own, ...core])].sort());
  }
  return needs;
}

/** A cycle of a thousand services is told by its beginning and its end. */
export const inShort = (cycle: readonly string[]): string =>
  (cycle.length <= 20 ? cycle : [...cycle.slice(0, 10), "…", ...cycle.slice(-5)]).join(" → ");

function needPath(tree: YamlTree, name: string, need: string): YamlPath {
  const at = treeAt(tree, ["services", name, "needs"])?.items?.findIndex((item) => item.value === need) ?? -1;
  return at < 0 ? ["services", name, "needs"] : ["services", name, "needs", at];
}
