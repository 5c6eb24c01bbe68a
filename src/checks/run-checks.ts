import pLimit from "p-limit";
import { StepFault } from "../fault.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { createMask, type Mask } from "../variables/mask.ts";
import { checkBuilds } from "./build.ts";
import type { CheckKind, CheckResult } from "./check.ts";
import { failed, inconclusive } from "./check.ts";
import type { ChecksOrder, Job } from "./checks-order.ts";
import { jobsOf } from "./jobs.ts";
import { knownSecrets } from "./known-secrets.ts";
import { type OpenWorktree, withLazyWorktree } from "./lazy-worktree.ts";

const EVIDENCE = 16 * 1024;
/** They only compute: side by side, each would be timed with the others. */
const LIGHT = 1;

/**
 * Makes every check and returns all results, in one order; a check that fails stops no other. Throws only when the signal
 * aborts, or for a bug. Whether a release may go on is `refusals(results)`.
 */
export async function runChecks(order: ChecksOrder): Promise<readonly CheckResult[]> {
  const { signal, kinds = null, events = () => undefined } = order;
  const secrets = await knownSecrets(order.fleet, order.read);
  const mask = createMask(secrets.masked);
  const wanted = (kind: CheckKind) => kinds === null || kinds.includes(kind);
  const end = (result: CheckResult): CheckResult => {
    const safe = masked(result, mask);
    events({ kind: "ended", result: safe });
    return safe;
  };
  const results = await withLazyWorktree(order.openWorktree ?? neverOpened, async (worktree) => {
    const light = pLimit(LIGHT);
    const heavy = pLimit(Math.max(1, order.concurrency));
    const jobs = await jobsOf({ ...order, secrets: secrets.described, mask, wanted, worktree });
    const runs = jobs.map((job) =>
      (job.heavy ? heavy : light)(async () => {
        signal.throwIfAborted();
        events({ kind: "began", check: job.kind, service: job.service });
        const from = order.clock.monotonic();
        const found = await conclude(job.run);
        const took = found.known === true ? 0 : order.clock.monotonic() - from;
        return end({ kind: job.kind, service: job.service, took, ...found });
      }),
    );
    return settled(runs);
  });
  const builds =
    order.build !== null && wanted("build")
      ? await checkBuilds(
          order.services.map(({ name }) => name),
          order.build,
        )
      : [];
  return [...results, ...builds.map(({ service, ...found }) => end({ kind: "build", service, ...found }))];
}

const neverOpened: OpenWorktree = () => Promise.reject(new Error("a test asked for a worktree that was not given"));

/** What the world or the user did becomes a verdict; a bug or an abort goes on. */
async function conclude(run: Job["run"]): ReturnType<Job["run"]> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Refused) return failed(error.message, error.problems);
    if (!(error instanceof StepFault)) throw error;
    const evidence = error.evidence === "" ? error.message : `${error.message}\n${error.evidence}`;
    return inconclusive(evidence, [problem(error.code, error.message, "Correct that, then check again")]);
  }
}

/** Waits for all before it throws: nothing goes on behind the caller's back. */
async function settled<T>(runs: readonly Promise<T>[]): Promise<readonly T[]> {
  const all = await Promise.allSettled(runs);
  return all.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

const masked = (result: CheckResult, mask: Mask): CheckResult => ({
  kind: result.kind,
  service: result.service,
  verdict: result.verdict,
  took: Math.round(result.took),
  evidence: mask(result.evidence).slice(-EVIDENCE),
  problems: result.problems.map(
    (one): Problem => ({ ...one, message: mask(one.message), hint: one.hint === null ? null : mask(one.hint) }),
  ),
});
