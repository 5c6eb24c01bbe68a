import { assertNever } from "../../assert-never.ts";
import type { HealthSpec, SmokeCheck, SmokeSpec } from "../../fleet/fleet.ts";
import type { Handle } from "../../targets/target.ts";
import { limited } from "../limited.ts";
import { type Finding, failed, type GateCx, type GateSubject, inconclusive, passed } from "../subject.ts";
import { tryCommand } from "./command.ts";
import { onceHealthy } from "./once-healthy.ts";
import { type Attempt, tryRequest } from "./request.ts";

const ENDPOINT_TIME = 5000;

/**
 * Every declared check, one after the other, straight against each new instance; each is tried 1 + `retries` times at most. `health`:
 * begun once each has answered it well.
 */
export async function smokeGate(
  { smoke, health }: Readonly<{ smoke: SmokeSpec; health: HealthSpec | null }>,
  on: GateSubject,
  cx: GateCx,
): Promise<Finding> {
  if (smoke.kind === "none") return passed(`none declared: ${smoke.why}`);
  const unhealthy = health === null ? null : await onceHealthy(health, on, cx);
  if (unhealthy !== null) return unhealthy;
  for (const handle of on.instances) {
    for (const check of smoke.checks) {
      const attempt = await tryAgain(smoke, cx, () => tryOnce(check, handle, on, cx));
      if (attempt.kind === "unreachable") {
        return inconclusive(`the target could not say where ${handle.id} listens: ${attempt.why}`);
      }
      if (attempt.failure !== null) {
        const tries = smoke.retries === 0 ? "" : ` (${smoke.retries + 1} tries)`;
        return failed(`${nameOf(check)} on ${handle.id}: ${attempt.failure}${tries}`, attempt.detail);
      }
    }
  }
  return passed(`${smoke.checks.length} checks passed on each of ${on.instances.length} instances`);
}

type Outcome = Readonly<({ kind: "tried" } & Attempt) | { kind: "unreachable"; why: string }>;

async function tryAgain(
  smoke: Extract<SmokeSpec, { kind: "checks" }>,
  cx: GateCx,
  once: () => Promise<Outcome>,
): Promise<Outcome> {
  for (let left = smoke.retries; ; left -= 1) {
    const outcome = await once();
    if ((outcome.kind === "tried" && outcome.failure === null) || left <= 0) return outcome;
    cx.log(`smoke: ${outcome.kind === "tried" ? outcome.failure : outcome.why}; ${left} tries left`);
    await cx.clock.sleep(smoke.every, cx.signal);
  }
}

async function tryOnce(check: SmokeCheck, handle: Handle, on: GateSubject, cx: GateCx): Promise<Outcome> {
  cx.signal.throwIfAborted();
  let endpoint: Awaited<ReturnType<GateSubject["target"]["endpoint"]>>;
  try {
    endpoint = await limited(ENDPOINT_TIME, cx, (signal) => on.target.endpoint(handle, { signal }));
  } catch (error) {
    cx.signal.throwIfAborted();
    return { kind: "unreachable", why: (error as Error).message };
  }
  const { signal, mask } = cx;
  switch (check.kind) {
    case "request":
      if (endpoint === null)
        return { kind: "tried", failure: "expected an answer, but it listens nowhere", detail: [] };
      return { kind: "tried", ...(await tryRequest(check, { endpoint, signal, mask })) };
    case "command":
      return {
        kind: "tried",
        ...(await tryCommand(check, { endpoint, entrance: on.entrance, folder: await on.files(), signal, mask })),
      };
    default:
      return assertNever(check);
  }
}

const nameOf = (check: SmokeCheck): string =>
  check.kind === "request" ? `${check.method} ${check.path}` : check.command.join(" ");
