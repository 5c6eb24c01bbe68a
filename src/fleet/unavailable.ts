import type { Finding } from "./issues.ts";
import { treeAt, type YamlPath, type YamlTree } from "./yaml-tree.ts";

const LATER = "not available in this version";

/** What the fleet file's language has a place for, but this version cannot do yet. Said plainly, instead of "unknown value". */
export function unavailable(tree: YamlTree): readonly Finding[] {
  const found: Finding[] = [];
  const say = (path: YamlPath, what: string, hint: string) =>
    found.push({ path, at: "value", code: "not-available", message: `${what}: ${LATER}`, hint });

  for (const [name, { tree: environment }] of treeAt(tree, ["environments"])?.keys ?? []) {
    const target = ["environments", name, "target"];
    const kind = treeAt(environment, ["target", "kind"])?.value;
    if (kind === "kubernetes") {
      say([...target, "kind"], `the target kind ${kind}`, "use { kind: compose } or { kind: process }");
      continue;
    }
    for (const [at, host] of (treeAt(environment, ["target", "hosts"])?.items ?? []).entries()) {
      if (typeof host.value !== "string" || host.value === "local") continue;
      say([...target, "hosts", at], "a host other than local", "use hosts: [local]");
    }
  }
  return found;
}

/** What must be taken out so that the rest of the file can still be looked at. */
export const taintedBy = ({ path }: Finding): YamlPath => (path[2] === "target" ? path.slice(0, 3) : path);
