import type { Service } from "./fleet.ts";
import { type Found, type FoundFolder, foldersByName } from "./found.ts";
import type { Finding } from "./issues.ts";
import { tidyPath } from "./normalise.ts";
import { patternProblem } from "./pattern-risk.ts";
import type { ServiceFile } from "./schema.ts";
import { treeAt, type YamlPath, type YamlTree } from "./yaml-tree.ts";

export type Folder = Readonly<{ path: string; folder: FoundFolder | null }>;

/** `given`: the file names a path, be it a right or a wrong one. */
type Asked = Readonly<{ name: string; declared: string | undefined; given: boolean }>;

/** Finds each service's folder: the one that the file names, or the package or folder of that name. */
export function folderFinder(found: Found, report: (finding: Finding) => void) {
  const byName = foldersByName(found);
  return ({ name, declared, given }: Asked): Folder => {
    const path: YamlPath = ["services", name, "path"];
    if (declared !== undefined) {
      const tidy = tidyPath(declared);
      if (found.missing.has(tidy)) {
        const message = `services.${name}.path: ${tidy} is no folder of the repository`;
        report({ path, at: "value", code: "path-missing", message, hint: "paths are relative to the fleet file" });
      }
      return { path: tidy, folder: found.folders.get(tidy) ?? null };
    }
    const candidates = byName(name);
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) return { path: only.path, folder: only };
    // A path that is there and wrong has been told already.
    if (!given && only === undefined) {
      const message = `services.${name}: no package or folder of that name was found`;
      report({ path, at: "key", code: "path-unknown", message, hint: `add path: the folder of ${name}` });
    } else if (!given) {
      const where = candidates.map((folder) => folder.path).slice(0, 5);
      const message = `services.${name}: more than one folder may be meant: ${where.join(", ")}`;
      report({ path, at: "key", code: "path-ambiguous", message, hint: `add path: ${where[0]}` });
    }
    return { path: ".", folder: null };
  };
}

type Checked = Readonly<{
  service: Service;
  file: ServiceFile;
  folder: FoundFolder | null;
  tree: YamlTree;
  /** Some environment runs it as a process. */
  asProcess: boolean;
}>;

/** What one service says about itself, apart from the others. */
export function checkService({ service, file, folder, tree, asProcess }: Checked): readonly Finding[] {
  const found: Finding[] = [];
  const { name } = service;
  const own = (...path: YamlPath): YamlPath => ["services", name, ...path];
  const has = (...path: YamlPath) => treeAt(tree, own(...path)) !== null;
  const say = (path: YamlPath, code: string, message: string, hint: string | null) =>
    found.push({
      path,
      at: code === "smoke-missing" || code === "start-unknown" ? "key" : "value",
      code,
      message,
      hint,
    });

  if (!has("smoke")) {
    const hint = 'add smoke: ["GET /… -> 200"], or smoke: { none: "why" }';
    say(own("smoke"), "smoke-missing", `services.${name} declares no smoke requests`, hint);
  }
  if (service.port === null) {
    for (const key of ["routes", "health", "traffic"]) {
      if (!has(key)) continue;
      const hint = `give it a port or take ${key} out`;
      say(
        own(key),
        "worker-listens",
        `services.${name}: a worker (port: none) listens on nothing and has no ${key}`,
        hint,
      );
    }
    if (service.smoke.kind === "checks" && service.smoke.checks.some((check) => check.kind === "request")) {
      const hint = "use { command: [...] } checks";
      say(own("smoke"), "worker-listens", `services.${name}: a worker (port: none) cannot be sent requests`, hint);
    }
  }
  if (service.port !== null && has("traffic") && file.traffic !== "none" && !has("routes")) {
    const message = `services.${name}: without routes, the router sees none of its answers and traffic says nothing`;
    say(own("traffic"), "traffic-unseen", message, "give it routes or take traffic out");
  }
  if (
    service.health !== null &&
    service.health.healthyFor >= service.health.timeout &&
    typeof file.health === "object"
  ) {
    const message = `services.${name}.health: healthyFor must be shorter than timeout`;
    say(own("health"), "health-never", message, "raise timeout");
  }
  if (service.migrations !== null && service.migrations.url === "") {
    const message = `services.${name}: the variable that holds the migrations' database URL is unknown`;
    const hint = "add migrations: { url: NAME_OF_THE_VARIABLE }, or migrations: none";
    say(own("migrations"), "migrations-url-unknown", message, hint);
  }
  if (
    asProcess &&
    service.start === null &&
    folder !== null &&
    folder.package?.scripts.start === undefined &&
    !has("start")
  ) {
    const message = `services.${name}: ${service.path} has no package with a start script`;
    say(own("start"), "start-unknown", message, 'add start: ["program", "argument"], or a start script');
  }
  for (const key of ["critical", "ignore"] as const) {
    for (const [at, item] of (treeAt(tree, own("logs", key))?.items ?? []).entries()) {
      if (typeof item.value !== "string" || item.value.length > 200) continue;
      const why = patternProblem(item.value, key === "critical");
      if (why === null) continue;
      say(
        own("logs", key, at),
        "bad-pattern",
        `services.${name}.logs.${key}[${at}]: ${why}`,
        "write a simpler pattern",
      );
    }
  }
  return found;
}
