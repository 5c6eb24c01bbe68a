import type { Finding } from "./issues.ts";
import { treeAt, type YamlTree } from "./yaml-tree.ts";

/** A request has one way to go: no two services, and no service twice, with the same route. */
export function checkRoutes(services: readonly string[], tree: YamlTree): readonly Finding[] {
  const findings: Finding[] = [];
  const owners = new Map<string, string>();
  for (const name of services) {
    for (const [at, item] of (treeAt(tree, ["services", name, "routes"])?.items ?? []).entries()) {
      const text = item.value;
      const host = treeAt(item, ["host"])?.value;
      const route =
        typeof text === "string" ? text.replace(/(?<=.)\/$/, "") : typeof host === "string" ? `host ${host}` : null;
      if (route === null) continue;
      const owner = owners.get(route);
      if (owner === undefined) {
        owners.set(route, name);
        continue;
      }
      findings.push({
        path: ["services", name, "routes", at],
        at: "value",
        code: "duplicate-route",
        message: `services.${name}: the route ${JSON.stringify(route)} is taken by ${owner === name ? "itself" : owner}`,
        hint: "a route belongs to one service; a longer prefix goes before a shorter one",
      });
    }
  }
  return findings;
}
