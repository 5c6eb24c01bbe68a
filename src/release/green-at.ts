import type { Repository } from "../artifacts/git/repository.ts";
import { type Found, inconclusive } from "../checks/check.ts";
import { askCi } from "../ci/ask-ci.ts";
import { enquiryOf } from "../ci/question.ts";
import { waitPending } from "../ci/wait-pending.ts";
import { problem } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

/** Is the CI green on this commit? */
export async function greenAt(at: Workplace, { head, remote }: Pick<Repository, "head" | "remote">): Promise<Found> {
  const known = { declared: at.fleet.ci, run: at.ci, remote: remote?.url ?? null };
  const enquiry = enquiryOf({ commit: head, ...known, env: at.processEnv });
  if (enquiry !== null) {
    const ask = (): Promise<Found> => askCi(enquiry.question, { headers: enquiry.headers, signal: at.signal });
    return at.ci === null ? ask() : waitPending(ask, { clock: at.clock, signal: at.signal, say: at.waiting });
  }
  return inconclusive("nobody to ask", [
    problem(
      "ci-unknown",
      "the environment requires a green CI, and nothing says which CI that is",
      "declare it: ci: { provider, api, repository } in the fleet file",
    ),
  ]);
}
