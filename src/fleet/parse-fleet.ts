import type { Problem } from "../problem.ts";
import { checkEnvironments } from "./check-environments.ts";
import { checkNeeds } from "./check-needs.ts";
import { checkNotify } from "./check-notify.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkService, folderFinder } from "./check-services.ts";
import type { Environment, Fleet, Service, StoreSpec } from "./fleet.ts";
import { type Found, nothingFound } from "./found.ts";
import type { Finding } from "./issues.ts";
import { recordOf, service, tidyPath } from "./normalise.ts";
import { environment } from "./normalise-environment.ts";
import { channels } from "./normalise-notify.ts";
import { references } from "./normalise-references.ts";
import { type ParsedYaml, parseYaml } from "./parse-yaml.ts";
import type { FleetFile } from "./schema.ts";
import { shape } from "./shape.ts";
import { offsetsAt, treeAt, type YamlTree } from "./yaml-tree.ts";

export type FleetResult = Readonly<{ fleet: Fleet } | { problems: readonly Problem[] }>;

export type FleetSource = Readonly<{
  text: string;
  /** Absolute path of the file, as problems name it. */
  file: string;
  /** Absolute path of its folder. */
  root: string;
}>;

/** Pure: what a fleet file declares, completed with what was found, or everything that is wrong with it, in the order of the file. */
export function parseFleet(source: FleetSource, found: Found = nothingFound): FleetResult {
  return finishFleet(source, parseYaml(source.text, source.file), found);
}

/** The second half, for who has parsed the text already to know which folders to look at. */
export function finishFleet(source: FleetSource, parsed: ParsedYaml, found: Found): FleetResult {
  const { tree, place } = parsed;
  if (tree === null) return { problems: parsed.problems };
  const shaped = shape(tree);
  const checked = shaped.file === null ? null : check(shaped.file, tree, found);
  const findings = [...shaped.findings, ...(checked?.findings ?? [])];
  // Where the text itself is wrong, what follows from that is not worth telling.
  const wrong = new Set(parsed.problems.map(({ line, column }) => `${line}:${column}`));
  const problems = [
    ...parsed.problems,
    ...findings.map(locator(source.file, tree, place)).filter(({ line, column }) => !wrong.has(`${line}:${column}`)),
  ];
  if (problems.length > 0 || shaped.file === null || checked === null) return { problems: inOrder(problems) };
  const { fleet: name, image, version, store, ci, notify } = shaped.file;
  const root = source.root.replace(/\/+$/, "");
  const fleet: Fleet = {
    name,
    file: source.file,
    root: source.root,
    image: image ?? null,
    version: version ?? "commit",
    store: store === undefined ? null : storeOf(store, root),
    ci: ci === undefined ? null : { ...ci, api: ci.api.replace(/\/+$/, ""), token: ci.token ?? null },
    notify: channels(notify),
    references: references(shaped.file.references),
    services: recordOf(checked.services.map((one) => [one.name, one])),
    environments: recordOf(checked.environments.map((one) => [one.name, one])),
  };
  return { fleet };
}

function storeOf(given: NonNullable<FleetFile["store"]>, root: string): StoreSpec {
  if (typeof given !== "string") return { kind: "variable", name: given.url };
  return given.includes("://")
    ? { kind: "postgres", url: given }
    : { kind: "folder", path: `${root}/${tidyPath(given)}` };
}

type Checked = Readonly<{
  services: readonly Service[];
  environments: readonly Environment[];
  findings: readonly Finding[];
}>;

function check(file: FleetFile, tree: YamlTree, found: Found): Checked {
  const findings: Finding[] = [];
  const { needs, findings: wrongNeeds } = checkNeeds(file.services, tree);
  findings.push(...wrongNeeds);
  const environments = Object.entries(file.environments).map(([name, given]) => environment(given ?? {}, name));
  // Where no environment is right, nothing is known of them.
  const asProcess = environments.length === 0 || environments.some(({ target }) => target.kind === "process");
  const findFolder = folderFinder(found, (finding) => findings.push(finding));
  const services = Object.entries(file.services).map(([name, given]) => {
    const declared = given ?? {};
    const isGiven = treeAt(tree, ["services", name, "path"]) !== null;
    const { path, folder } = findFolder({ name, declared: declared.path, given: isGiven });
    const one = service(declared, { name, path, folder, needs: needs.get(name) ?? [], general: file.traffic });
    findings.push(...checkService({ service: one, file: declared, folder, tree, asProcess }));
    return one;
  });
  findings.push(...checkRoutes(Object.keys(file.services), tree));
  const wrongListen = new Set(
    Object.keys(file.environments).filter(
      (name) =>
        file.environments[name]?.listen === undefined && treeAt(tree, ["environments", name, "listen"]) !== null,
    ),
  );
  findings.push(...checkEnvironments(environments, { tree, needs, wrongListen }));
  findings.push(...checkNotify(channels(file.notify), environments));
  if (file.image !== undefined && !file.image.includes("{service}") && services.length > 1) {
    const message = "image: several services would share one image name";
    findings.push({ path: ["image"], at: "value", code: "image-shared", message, hint: "put {service} into it" });
  }
  return { services, environments, findings };
}

function locator(file: string, tree: YamlTree, place: ParsedYaml["place"]): (finding: Finding) => Problem {
  return ({ path, at, code, message, hint }) => ({ code, file, ...place(offsetsAt(tree, path)[at]), message, hint });
}

const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
