import type { SmokeCheck } from "../../fleet/fleet.ts";
import { probe } from "../../gates/health-probe.ts";
import { tryCommand } from "../../gates/smoke/command.ts";
import { tryRequest } from "../../gates/smoke/request.ts";
import type { ProofCx } from "./ground.ts";
import type { Running, Witness } from "./witness.ts";

/** Milliseconds that a service may take to be healthy on a database that nobody else uses. */
const LONGEST_START = 30_000;
const NOWHERE = { host: "127.0.0.1", port: 9 };

/** Null once it is healthy; else what it met. */
export async function healthy(witness: Witness, running: Running, cx: ProofCx): Promise<string | null> {
  const { health } = witness.spec;
  const until = cx.clock.monotonic() + Math.min(health?.timeout ?? 1_000, LONGEST_START);
  let last = "no answer";
  // Asking costs what the start lacks: the longer it takes, the less often it is asked.
  let pause = 10;
  while (cx.clock.monotonic() < until) {
    cx.signal.throwIfAborted();
    const ended = running.ended();
    if (ended !== null) return `it ended: ${ended}\n${cx.mask(await running.tail())}`;
    if (health !== null && running.endpoint !== null) {
      const { endpoint } = running;
      const { path } = health;
      const seen = await probe({
        endpoint,
        path,
        artifact: witness.artifact,
        timeout: 2_000,
        clock: cx.clock,
        signal: cx.signal,
      });
      if (seen.kind === "healthy") return null;
      last = seen.kind === "unhealthy" ? seen.why : `it reports another artifact: ${seen.artifact.slice(0, 100)}`;
      if (seen.kind === "wrong") break;
    }
    await cx.clock.sleep(pause, cx.signal);
    pause = Math.min(100, pause * 1.3);
  }
  // A worker that listens on nothing is well when it stays.
  if (health === null) return null;
  return `${health.path}: ${last}\n${cx.mask(await running.tail())}`.trim();
}

export type CheckFailure = Readonly<{ check: string; failure: string }>;

/** All that is declared for a service: its smoke test, and the traffic for proofs. */
export const checksOf = (witness: Witness): readonly SmokeCheck[] => [
  ...(witness.spec.smoke.kind === "checks" ? witness.spec.smoke.checks : []),
  ...witness.checks,
];

/** Milliseconds between two tries. */
const PAUSE = 100;

/**
 * Runs every check, whatever the others say. `patience` (ms): how long those that fail are tried again, all of them together: what makes one
 * wait, a pool that connects anew, is over for the next.
 */
export async function runChecks(
  on: Readonly<{ witness: Witness; running: Running; patience: number; variables: Readonly<Record<string, string>> }>,
  cx: ProofCx,
): Promise<readonly CheckFailure[]> {
  const failures: CheckFailure[] = [];
  let left = on.patience;
  for (const check of checksOf(on.witness)) {
    for (;;) {
      cx.signal.throwIfAborted();
      const failure = await once(check, on, cx);
      if (failure === null) break;
      if (left <= 0 || on.running.ended() !== null) {
        failures.push({ check: nameOf(check), failure });
        break;
      }
      await cx.clock.sleep(PAUSE, cx.signal);
      left -= PAUSE;
    }
  }
  const ended = on.running.ended();
  if (ended !== null)
    failures.push({ check: "it stays alive", failure: `it ended: ${ended}\n${cx.mask(await on.running.tail())}` });
  return failures;
}

async function once(
  check: SmokeCheck,
  { witness, running }: Readonly<{ witness: Witness; running: Running }>,
  { signal, mask }: ProofCx,
): Promise<string | null> {
  const { endpoint } = running;
  if (check.kind === "command") {
    const ran = await tryCommand(check, {
      endpoint,
      entrance: endpoint ?? NOWHERE,
      folder: witness.files,
      signal,
      mask,
    });
    return ran.failure === null ? null : [ran.failure, ...ran.detail].join("; ");
  }
  if (endpoint === null) return "expected an answer, but it listens nowhere";
  const answer = await tryRequest(check, { endpoint, signal, mask });
  return answer.failure === null ? null : [answer.failure, ...answer.detail].join("; ");
}

const nameOf = (check: SmokeCheck): string =>
  check.kind === "request" ? `${check.method} ${check.path}` : check.command.join(" ");
