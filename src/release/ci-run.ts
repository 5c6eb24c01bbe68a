import { tryGit } from "../artifacts/git/git.ts";
import { type Checkout, readCheckout } from "../artifacts/git/repository.ts";
import { madeOf } from "../artifacts/made-of.ts";
import type { TreeHash } from "../artifacts/source/tree-hash.ts";
import { type Affected, affectedBy } from "../ci/affected.ts";
import { asRunSays } from "../ci/as-run-says.ts";
import { type Decision, decide, type Part, partOf } from "../ci/decide.ts";
import type { CiRun } from "../ci/run.ts";
import type { Environment } from "../fleet/fleet.ts";
import { Refused } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

export type Decided = Readonly<{
  run: CiRun;
  checkout: Checkout;
  decision: Exclude<Decision, { kind: "refused" }>;
  /** What the services were compared with; null: there was nothing, and all count as changed. */
  base: string | null;
  affected: readonly Affected[];
  made: Readonly<Record<string, TreeHash>>;
}>;

/**
 * What this run is there for, and which services its change reaches. Reads the repository alone.
 * @throws Refused where what is checked out is not what the run is about.
 */
export async function decideRun(at: Workplace, run: CiRun, part: Part): Promise<Decided> {
  const { root } = at.fleet;
  const checkout = asRunSays(await readCheckout({ root, signal: at.signal }), run);
  const environments = Object.values(at.fleet.environments);
  const decision = partOf(decide(run, { environments, head: checkout.head }), part);
  if (decision.kind === "refused") throw new Refused([decision.problem]);
  if (decision.kind === "nothing") return { run, checkout, decision, base: null, affected: [], made: {} };
  const name = decision.kind === "check" ? decision.environment : (decision.environments[0] ?? "");
  const environment = at.fleet.environments[name] ?? environments[0];
  const services = Object.values(at.fleet.services);
  const kind = environment === undefined ? "bundle" : at.artifacts(environment).kind;
  const base = await baseOf(at, { run, checkout, environment: environment ?? null });
  const from = { root, prefix: checkout.prefix, signal: at.signal };
  const [made, before] = await Promise.all([
    madeOf({ ...from, commit: checkout.head }, { services, kind }),
    base === null ? null : madeOf({ ...from, commit: base }, { services, kind }),
  ]);
  return { run, checkout, decision, base, affected: affectedBy(services, { before, after: made }), made };
}

type Basing = Readonly<{ run: CiRun; checkout: Checkout; environment: Environment | null }>;

/**
 * What a push was at before, or where a pull request and a new branch left the branch that they are for. Null where this clone does not hold it: a
 * shallow one, a branch that was pushed anew.
 */
async function baseOf(at: Workplace, { run, checkout, environment }: Basing): Promise<string | null> {
  const into = run.into ?? environment?.branch ?? null;
  const branch = into === null || into.includes("*") ? [] : [`refs/remotes/origin/${into}`, `refs/heads/${into}`];
  for (const other of [...(run.before === null ? [] : [run.before]), ...branch]) {
    const args = ["merge-base", "--end-of-options", other, checkout.head];
    const ran = await tryGit({ folder: at.fleet.root, signal: at.signal }, { args });
    const found = ran.stdout.toString("utf8").trim();
    // A branch that has been merged already has left nothing to compare.
    if (ran.exitCode === 0 && /^[0-9a-f]{40,64}$/.test(found) && (found !== checkout.head || other === run.before))
      return found;
  }
  return null;
}
