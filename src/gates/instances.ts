import { type ObservedInstance, type Revision, sameRevision, shortRevision } from "../plan/observed.ts";

/**
 * What the target's word on an instance amounts to: `doomed` cannot come right any more, `waiting` may, `running` is as it
 * should be. An instance that died even once is doomed: the agent's restarts must not make a crash look like a start.
 */
export type Standing = Readonly<
  { kind: "running"; instance: ObservedInstance } | { kind: "waiting"; why: string } | { kind: "doomed"; why: string }
>;

export function standing(id: string, instance: ObservedInstance | undefined, revision: Revision): Standing {
  if (instance === undefined) return { kind: "waiting", why: `${id} is not known to the target` };
  if (instance.restarts > 0 || instance.lastExit !== null || instance.state === "restarting") {
    const exit = instance.lastExit === null ? "of an unknown cause" : `with ${instance.lastExit}`;
    return { kind: "doomed", why: `${id} died ${exit} (${instance.restarts} restarts)` };
  }
  if (instance.state !== "running") return { kind: "doomed", why: `${id} is ${instance.state}` };
  if (!sameRevision(instance.revision, revision)) {
    return {
      kind: "doomed",
      why: `${id} runs ${shortRevision(instance.revision)}, expected ${shortRevision(revision)}`,
    };
  }
  return { kind: "running", instance };
}
