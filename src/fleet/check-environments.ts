import { inShort } from "./check-needs.ts";
import type { Environment } from "./fleet.ts";
import { cyclePaths, type Edges } from "./graph.ts";
import type { Finding } from "./issues.ts";
import { suggester } from "./suggest.ts";
import { treeAt, type YamlPath, type YamlTree } from "./yaml-tree.ts";

/** What environments say about each other, and about the services. */
export function checkEnvironments(
  environments: readonly Environment[],
  { tree, needs, wrongListen }: Readonly<{ tree: YamlTree; needs: Edges; wrongListen: ReadonlySet<string> }>,
): readonly Finding[] {
  return [
    ...checkAfter(environments, tree),
    ...checkShares(environments),
    // Where a listener was given and is wrong, its default means nothing.
    ...checkListen(environments.filter(({ name }) => !wrongListen.has(name))),
    ...environments.flatMap((one) => checkGroups(one, tree, needs)),
    ...environments.flatMap((one) => checkTarget(one, tree)),
    ...checkProjects(environments),
    ...environments.flatMap(checkTests),
  ];
}

function checkAfter(environments: readonly Environment[], tree: YamlTree): readonly Finding[] {
  const findings: Finding[] = [];
  const declared = [...(treeAt(tree, ["environments"])?.keys?.keys() ?? [])];
  const suggest = suggester();
  const edges = new Map<string, readonly string[]>();
  const say = (name: string, code: string, message: string, hint: string) =>
    findings.push({ path: ["environments", name, "after"], at: "value", code, message, hint });
  for (const {
    name,
    after,
    target: { kind },
  } of environments) {
    if (after === null) continue;
    if (!declared.includes(after)) {
      const meant = suggest(after, declared);
      const hint = meant === null ? "declare it under environments" : `did you mean ${meant}?`;
      say(name, "unknown-environment", `environments.${name} comes after ${after}, which is no environment`, hint);
    } else {
      edges.set(name, [after]);
      const earlier = environments.find((one) => one.name === after)?.target.kind;
      if (earlier !== undefined && (earlier === "process") !== (kind === "process")) {
        const message = `environments.${name} comes after ${after}, and what one verifies the other cannot run: a bundle is no image`;
        say(name, "after-other-kind", message, "let both run containers, or both processes");
      }
    }
  }
  for (const cycle of cyclePaths([...edges.keys()], edges)) {
    say(cycle[0] ?? "", "cycle", `a cycle: ${inShort(cycle)}`, "one of them must come first");
  }
  return findings;
}

function checkShares(environments: readonly Environment[]): readonly Finding[] {
  const declared = environments.map(({ name }) => name);
  const suggest = suggester();
  return environments.flatMap(({ name, shares }) =>
    shares.flatMap((one, index): Finding[] => {
      if (one.with !== name && declared.includes(one.with)) return [];
      const path = ["environments", name, "shares", index, "with"];
      const meant = suggest(one.with, declared);
      const message = `environments.${name} shares ${one.variable} with ${one.with}, which is ${one.with === name ? "itself" : "no environment"}`;
      const hint = meant === null || meant === name ? "name another environment" : `did you mean ${meant}?`;
      return [{ path, at: "value", code: "unknown-environment", message, hint }];
    }),
  );
}

/** Environments in one project would share its databases, its networks and the names in them. */
function checkProjects(environments: readonly Environment[]): readonly Finding[] {
  const seen = new Map<string, string>();
  return environments.flatMap(({ name, target }): Finding[] => {
    if (target.kind !== "compose") return [];
    const key = JSON.stringify(target.project === null ? target.files : target.project);
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, name);
      return [];
    }
    const message = `environments.${name} is the same Compose project as ${other}: they would share databases and networks`;
    const path = ["environments", name, "target"];
    return [{ path, at: "value", code: "duplicate-project", message, hint: `give it its own: project: ${name}` }];
  });
}

/** They judge all that serves: no one service could be taken back for them. */
function checkTests({ name, tests, onFailure }: Environment): readonly Finding[] {
  if (tests === null || onFailure !== "service") return [];
  const message = `environments.${name} has tests of the whole, and onFailure: service takes back one service`;
  const path = ["environments", name, "onFailure"];
  return [{ path, at: "value", code: "tests-of-the-whole", message, hint: "let it be release or halt" }];
}

const OF_COMPOSE = ["files", "project", "profiles"];

/** What only a compose file gives a meaning to. */
function checkTarget({ name, target }: Environment, tree: YamlTree): readonly Finding[] {
  const path: YamlPath = ["environments", name, "target"];
  // What is wrong elsewhere in a target has taken its kind out as well.
  if (target.kind !== "process" || treeAt(tree, [...path, "kind"])?.value === "compose") return [];
  return OF_COMPOSE.filter((key) => treeAt(tree, [...path, key]) !== null).map((key) => ({
    path: [...path, key],
    at: "key",
    code: "only-for-compose",
    message: `environments.${name}.target.${key} is for containers, and this environment runs processes`,
    hint: `add kind: compose, or take ${key} out`,
  }));
}

const EVERYWHERE = new Set(["0.0.0.0", "::"]);

function checkListen(environments: readonly Environment[]): readonly Finding[] {
  const byPort = new Map<number, Environment[]>();
  return environments.flatMap((environment): Finding[] => {
    const { host, port } = environment.listen;
    const sharing = byPort.get(port) ?? [];
    byPort.set(port, [...sharing, environment]);
    const other = sharing.find(
      ({ listen }) => listen.host === host || EVERYWHERE.has(listen.host) || EVERYWHERE.has(host),
    );
    if (other === undefined) return [];
    const message = `environments.${environment.name} listens on ${host}:${port}, as ${other.name} does`;
    const path = ["environments", environment.name, "listen"];
    return [
      { path, at: "value", code: "duplicate-listen", message, hint: `give each its own, such as listen: ${port + 1}` },
    ];
  });
}

function checkGroups(environment: Environment, tree: YamlTree, needs: Edges): readonly Finding[] {
  const { groups } = environment.rollout;
  const path: YamlPath = ["environments", environment.name, "rollout", "groups"];
  const lists = treeAt(tree, path)?.items;
  if (typeof groups === "string" || lists === null || lists === undefined) return [];
  const findings: Finding[] = [];
  const declared = treeAt(tree, ["services"])?.keys ?? new Map<string, unknown>();
  const suggest = suggester();
  const place = new Map<string, { group: number; path: YamlPath }>();
  const say = (at: YamlPath, code: string, message: string, hint: string) =>
    findings.push({
      path: at,
      at: "value",
      code,
      message: `environments.${environment.name}.rollout: ${message}`,
      hint,
    });
  for (const [group, list] of lists.entries()) {
    for (const [index, { value: name }] of (list.items ?? []).entries()) {
      if (typeof name !== "string") continue;
      const at = [...path, group, index];
      if (!declared.has(name)) {
        const meant = suggest(name, [...declared.keys()]);
        const hint = meant === null ? "name services of this fleet" : `did you mean ${meant}?`;
        say(at, "unknown-in-group", `${JSON.stringify(name.slice(0, 60))} is no service of the fleet`, hint);
      } else if (place.has(name)) {
        say(at, "twice-in-groups", `${name} is in two places`, "keep one of them");
      } else {
        place.set(name, { group, path: at });
      }
    }
  }
  for (const name of declared.keys()) {
    if (place.has(name)) continue;
    say(path, "missing-in-groups", `${name} is in no group`, "a list of groups names every service");
  }
  for (const [name, mine] of place) {
    const late = needs.get(name)?.find((need) => (place.get(need)?.group ?? 0) > mine.group);
    if (late === undefined) continue;
    say(
      mine.path,
      "group-order",
      `${name} comes before ${late}, which it needs`,
      `put ${late} into the same or an earlier group`,
    );
  }
  return findings;
}
