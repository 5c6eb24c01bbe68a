import { join } from "node:path";
import { StepFault } from "../../fault.ts";
import type { ImagePlace } from "../../fleet/image-name.ts";
import { runLogged } from "../worktree/run-logged.ts";
import { engineFault, isDiskFull, isEngineGone } from "./engine-fault.ts";
import type { ImageParts } from "./image-parts.ts";
import { treeTag } from "./labels.ts";

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
    const fault = pushFault(where.registry, service, { ...ran, said: ran.output });
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

type Ran = Readonly<{ exitCode: number | null; failure: string | null; said: string }>;

/** The engine speaks to the registry for us; what went wrong between them is in its last words. */
function pushFault(registry: string, service: string, ran: Ran): StepFault {
  const where = `${service}: pushing its image: the registry ${registry}`;
  const lines = ran.said.trim().split(/\r?\n/).slice(-12).join("\n");
  const fault = (code: string, what: string, retry: "safe" | "never" = "safe"): StepFault =>
    new StepFault({ code, message: `${where} ${what}`, evidence: lines, retry });
  if (/unauthorized|denied|authentication required|403 Forbidden|no basic auth/i.test(ran.said)) {
    return fault("registry-denied", `refuses: log in with \`docker login ${registry}\``, "never");
  }
  if (/507|Insufficient Storage/i.test(ran.said) || (isDiskFull(ran.said) && /blob|upload|manifest/i.test(ran.said))) {
    return fault("registry-full", "is full");
  }
  if (/received unexpected HTTP status: 5\d\d|500 Internal Server Error|50[234] /i.test(ran.said)) {
    return fault("registry-failed", "failed");
  }
  if (/connection refused|no such host|no route to host|i\/o timeout|Client\.Timeout/i.test(ran.said)) {
    return fault("registry-down", "cannot be reached");
  }
  if (/EOF|connection reset|broken pipe/i.test(ran.said) && !/docker daemon/i.test(ran.said)) {
    return fault("registry-broken", "broke the connection");
  }
  if (isEngineGone(ran.said) || ran.failure !== null) return engineFault({ service, step: "pushing its image" }, ran);
  return fault("push-failed", "did not take it");
}
