import { StepFault } from "../../fault.ts";
import type { Prerequisite } from "../../fleet/container.ts";
import { type Engine, refused } from "./engine.ts";

/** Makes networks and volumes that are missing; those that are there are left as they are. Faults: `network-missing`, `volume-missing`. */
export const ensurePrerequisites = (engine: Engine, wanted: readonly Prerequisite[]): Promise<void> =>
  engine.turns.take(PREREQUISITES, () => ensure(engine, wanted));

/** Whose turn it is to make networks and volumes. */
export const PREREQUISITES = "prerequisites";

async function ensure(engine: Engine, wanted: readonly Prerequisite[]): Promise<void> {
  for (const one of wanted) {
    if (await isThere(engine, one)) continue;
    const { kind, name, create } = one;
    if (create === null) {
      throw new StepFault({
        code: `${kind}-missing`,
        message: `The ${kind} ${name} is not there, and the compose file says that it is somebody else's`,
        evidence: `make it: docker ${kind} create ${name}`,
      });
    }
    const body = kind === "network" ? { ...create, Name: name, CheckDuplicate: true } : { ...create, Name: name };
    const answer = await engine.ask({ method: "POST", path: `/${kind}s/create`, body });
    // Somebody made it in the same moment.
    if (answer.status === 409 || (answer.status >= 400 && (await isThere(engine, one)))) continue;
    if (answer.status >= 400) throw refused(`The ${kind} ${name} could not be made`, answer);
  }
}

export async function isThere(engine: Engine, { kind, name }: Omit<Prerequisite, "create">): Promise<boolean> {
  const answer = await engine.ask({ method: "GET", path: `/${kind}s/${encodeURIComponent(name)}` });
  if (answer.status === 404) return false;
  if (answer.status >= 400) throw refused(`The ${kind} ${name} could not be looked at`, answer);
  return true;
}
