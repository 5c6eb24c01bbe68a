import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import { type Buildable, folderOf } from "../source/source.ts";
import { commandFault } from "../worktree/command-fault.ts";
import { runLogged } from "../worktree/run-logged.ts";
import { engineFault, isDiskFull, isEngineGone } from "./engine-fault.ts";
import { dockerfileOf } from "./image-source.ts";

export type BuildRun = Readonly<{
  service: Buildable;
  /** Absolute: what the commit has at the fleet's root. */
  folder: string;
  /** `name:tag`. */
  tag: string;
  labels: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  log: string;
  signal: AbortSignal;
}>;

/** The arguments of a build, as data. */
export function buildCommand({
  service,
  folder,
  tag,
  labels,
}: Pick<BuildRun, "service" | "folder" | "tag" | "labels">): readonly string[] {
  const { context, args, stage, platform } = service.build.image;
  const pairs = (flag: string, of: Readonly<Record<string, string>>) =>
    Object.entries(of).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    "docker",
    "buildx",
    "build",
    "--load",
    "--progress=plain",
    // One manifest, whose digest is the image's and nothing else's.
    "--provenance=false",
    "--sbom=false",
    ...(platform === null ? [] : ["--platform", platform]),
    ...(stage === null ? [] : ["--target", stage]),
    "--file",
    join(folder, dockerfileOf(service)),
    ...pairs("--label", labels),
    ...pairs("--build-arg", args),
    "--tag",
    tag,
    context === "repository" ? folder : join(folder, folderOf(service)),
  ];
}

/** Faults: `build-failed` with the last lines, `disk-full`, `engine-gone`, `docker-missing`, `buildx-missing`. */
export async function runBuild(build: BuildRun): Promise<void> {
  const { service, folder, env, log, signal } = build;
  const ran = await runLogged({ argv: buildCommand(build), cwd: folder, env, log, signal });
  if (ran.exitCode === 0) return;
  const about = { service: service.name, step: "building its image" };
  if (ran.failure === "not-found" || isEngineGone(ran.output) || isDiskFull(ran.output)) {
    throw engineFault(about, { ...ran, said: ran.output });
  }
  if (/'buildx' is not a docker command|unknown (?:shorthand )?flag|docker: unknown command/i.test(ran.output)) {
    const message = `${service.name}: building its image needs buildx 0.10 or newer`;
    throw new StepFault({ code: "buildx-missing", message, evidence: "install Docker's buildx plugin", retry: "safe" });
  }
  throw commandFault({
    ...ran,
    code: "build-failed",
    what: `${service.name}: building its image`,
    why: reasonIn(ran.output),
  });
}

/** What stands before the reason, one in the other. */
const WRAPPED =
  /^(?:failed to (?:solve|build|create LLB definition)(?: with frontend [\w.-]+)?: |rpc error: code = \w+ desc = )+/;
const LONGEST = 300;

/** BuildKit says last of all why it gave up. */
function reasonIn(output: string): string | null {
  const last = output.split(/\r?\n/).findLast((line) => line.startsWith("ERROR: "));
  return last === undefined ? null : last.slice("ERROR: ".length).replace(WRAPPED, "").slice(0, LONGEST);
}
