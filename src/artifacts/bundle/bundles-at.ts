import { runtime } from "../../io/runtime.ts";
import { type Problem, problem, Refused } from "../../problem.ts";
import type { Artifact, ArtifactState } from "../artifact.ts";
import type { ArtifactsAt } from "../artifact-kind.ts";
import { chosenServices } from "../chosen-services.ts";
import { readSource } from "../source/read-source.ts";
import { type Buildable, folderOf, type Source } from "../source/source.ts";
import { hashServices } from "../source/tree-hash.ts";
import { bundleFolder } from "./bundle-folder.ts";
import { bundledBy } from "./bundled-by.ts";
import { type BundleManifest, readManifest } from "./manifest.ts";
import { splitCommand } from "./split-command.ts";

/** Reads and builds nothing. Throws Refused with all that the fleet file or the repository lacks. */
export async function bundlesAt(at: ArtifactsAt): Promise<Readonly<Record<string, ArtifactState>>> {
  const chosen = chosenServices(at);
  const all = Object.values(at.fleet.services);
  const { root, prefix, head } = at.repository;
  const source = await readSource({ root, prefix, commit: head, signal: at.signal }, all);
  const { hashes, problems } = hashServices({ source, services: all, builder: runtime() });
  const relevant = problems.filter((one) => chosen.some((service) => one.service === service.name));
  const refused = [...relevant.map((one) => one.problem), ...chosen.flatMap((service) => unbuildable(source, service))];
  if (refused.length > 0) throw new Refused(refused);
  const states: Record<string, ArtifactState> = {};
  for (const { name } of chosen) {
    const hash = hashes[name];
    if (hash === undefined) continue;
    const folder = bundleFolder({ state: at.state, service: name, artifact: hash.artifact });
    const manifest = await readManifest(folder);
    const whole = manifest !== null && manifest.artifact === hash.artifact && manifest.service === name;
    const found = whole ? bundleArtifact({ manifest, source: folder, seconds: null }) : null;
    states[name] = { service: name, hash, artifact: hash.artifact, found };
  }
  return states;
}

/** `seconds`: what its build took; null: it was there. */
export const bundleArtifact = ({
  manifest,
  source,
  seconds,
}: Readonly<{ manifest: BundleManifest; source: string; seconds: number | null }>): Artifact => ({
  service: manifest.service,
  artifact: manifest.artifact,
  commit: manifest.commit,
  source,
  version: manifest.version,
  start: manifest.start,
  built: seconds !== null,
  seconds: seconds ?? 0,
});

/** What would only be found after minutes of building. */
function unbuildable(source: Source, service: Buildable): readonly Problem[] {
  const problems: Problem[] = [];
  const manifest = source.packages.get(folderOf(service))?.manifest;
  const start = manifest?.scripts.start;
  if (service.start === null && (start === undefined || splitCommand(start) === null)) {
    const what = start === undefined ? "has no start script" : `needs a shell to be started: ${JSON.stringify(start)}`;
    problems.push(
      problem("no-start", `Service ${service.name} ${what}`, "Say how it is started: `start: [node, dist/main.js]`"),
    );
  }
  if (manifest === undefined && service.build.bundle === null) {
    // A folder that is not in the commit is a problem already named.
    if (!source.tree.has(folderOf(service))) return problems;
    const what = `Service ${service.name}: ${service.path} has no package.json that can be read`;
    return [...problems, problem("no-package", what, "Add one, or name a `build.bundle` command")];
  }
  if (bundledBy(source, service) === null) {
    const lock = source.lock.kind === "none" ? "there is no pnpm-lock.yaml" : `${source.lock.kind} makes no bundles`;
    const why = source.lock.kind === "pnpm" ? "there is no pnpm-workspace.yaml" : lock;
    problems.push(
      problem(
        "no-bundle-command",
        `Service ${service.name} has dependencies to bundle, and ${why} at the fleet's root`,
        "Name a command that fills the folder in SAMPAN_BUNDLE: `build: { bundle: [node, scripts/bundle.mjs] }`",
      ),
    );
  }
  return problems;
}
