import type { Call } from "../call.ts";
import { concluded } from "../output.ts";
import { releaseWith } from "../release-with.ts";
import { namesIn } from "../services-of.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

/** What one environment has verified goes to another: the same digests, and nothing that would have to be built. */
export async function promote(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const from = environmentAt(at, call.args[0]);
  const environment = environmentAt(at, call.args[1]);
  const services = namesIn(call.args[2]);
  return concluded(call, await releaseWith(call, { at, environment, from, services, given: null }));
}
