import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import type { ImagePlace } from "../../fleet/image-name.ts";
import { runLogged } from "../worktree/run-logged.ts";
import type { ImageParts } from "./image-parts.ts";
import { treeTag } from "./labels.ts";
import { pushFault } from "./push-fault.ts";

export type Push = Readonly<{
  service: string;
  place: ImagePlace;
  tree: string;
  /** For the log's name. */
  commit: string;
  env: Readonly<Record<string, string>>;
}>;

/** Milliseconds before the next attempt. The engine itself tries each layer again, too. */
const PAUSES = [1000, 4000] as const;
const PATIENCE = 30 * 60_000;

/**
 * Pushes the tree's tag and answers the digest, once the registry itself has said that this is what it has. A tag that came there
 * meanwhile, from another machine, is left: its digest is taken.
 */
export async function pushImage(parts: ImageParts, push: Push): Promise<string> {
  const { service, place, tree, commit, env } = push;
  const { registry, place: where } = parts.registries.of(place.name);
  const about = { repository: where.repository, service, step: "pushing its image" };
  const tag = treeTag(tree);
  const there = await registry.digestOf(about, tag);
  if (there !== null) return there;
  const log = join(parts.state, "logs", `push-${service}-${commit.slice(0, 12)}.log`);
  for (let attempt = 0; ; attempt++) {
    const argv = ["docker", "image", "push", `${place.name}:${tag}`];
    const ran = await runLogged({ argv, cwd: parts.state, env, signal: parts.signal, log, timeout: PATIENCE });
    if (ran.exitCode === 0) return await verified(parts, push, ran.output);
    const pause = PAUSES[attempt];
    const fault = pushFault({ registry: where.registry, service }, { ...ran, said: ran.output });
    if (pause === undefined || fault.retry !== "safe" || ran.failure !== null) throw fault;
    parts.log(`${service}: ${fault.message}; pushing again in ${pause / 1000} s`);
    await parts.clock.sleep(pause, parts.signal);
  }
}

async function verified({ registries }: ImageParts, { service, place, tree }: Push, output: string): Promise<string> {
  const { registry, place: where } = registries.of(place.name);
  const about = { repository: where.repository, service, step: "making sure of what it has pushed" };
  const pushed = /digest: (sha256:[0-9a-f]{64}) size:/.exec(output)?.[1] ?? null;
  const there = await registry.digestOf(about, treeTag(tree));
  if (there !== null && (pushed === null || pushed === there)) return there;
  throw new StepFault({
    code: "push-not-verified",
    message: `${service}: the registry ${where.registry} has ${there?.slice(0, 19) ?? "nothing"} where ${pushed?.slice(0, 19)} was pushed`,
    evidence: `${place.name}:${treeTag(tree)}`,
    retry: "safe",
  });
}
