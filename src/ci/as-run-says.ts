import type { Checkout } from "../artifacts/git/repository.ts";
import type { CiRun } from "./run.ts";

/** A CI checks out a commit, often on no branch; what it was pushed to is then known from the run, if it is about this very commit. */
export function asRunSays(checkout: Checkout, run: CiRun | null): Checkout {
  const ref = run !== null && run.commit === checkout.head ? run.ref : null;
  if (ref === null) return checkout;
  if (ref.kind === "branch") return { ...checkout, branch: checkout.branch ?? ref.name };
  return checkout.tags.includes(ref.name) ? checkout : { ...checkout, tags: [...checkout.tags, ref.name] };
}
