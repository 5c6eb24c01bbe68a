import { type ObservedInstance, sameRevision, shortRevision } from "../plan/observed.ts";
import type { GateSubject } from "./subject.ts";

/**
 * What the target's word on an instance amounts to: `doomed` cannot come right any more, `waiting` may, `running` is as it
 * should be. A new instance that died even once is doomed: the agent's restarts must not make a crash look like a start.
 */
export type Standing = Readonly<
  | { kind: "running"; instance: ObservedInstance }
  | { kind: "waiting"; why: string }
  /** `died`: it ended by itself, and its log may say why. */
  | { kind: "doomed"; why: string; died: boolean }
>;

/** What the engine says of a container: whether it runs the image that it should, and its own health check. Null: nothing against it. */
function contained(
  id: string,
  { container }: ObservedInstance,
  { artifact }: GateSubject["revision"],
): Standing | null {
  if (container === null) return null;
  if (container.images.length > 0 && !container.images.includes(artifact)) {
    return doomed(`${id} runs the image ${container.images[0]}, expected ${artifact}`);
  }
  const said = container.complaint === null ? "" : `: ${container.complaint}`;
  if (container.health === "unhealthy") return doomed(`${id} is unhealthy by its container's own check${said}`);
  return container.health === "starting"
    ? { kind: "waiting", why: `${id}: its container's own health check has not passed yet${said}` }
    : null;
}

/** Judges one instance after the other, and remembers how often those that stay from an earlier release had died before. */
export function standings({ release, revision }: Pick<GateSubject, "release" | "revision">) {
  const deaths = new Map<string, number>();
  return (id: string, instance: ObservedInstance | undefined): Standing => {
    if (instance === undefined) return { kind: "waiting", why: `${id} is not known to the target` };
    const isNew = instance.release === release;
    const before = isNew ? 0 : (deaths.get(id) ?? instance.restarts);
    deaths.set(id, before);
    const died = instance.restarts > before || (isNew && instance.lastExit !== null);
    // Its end is seen a moment before its cause is known.
    if (!died && instance.state === "restarting" && instance.lastExit === null)
      return { kind: "waiting", why: `${id} does not run any more` };
    if (died || instance.state === "restarting") {
      const exit = instance.lastExit === null ? "of an unknown cause" : `with ${instance.lastExit}`;
      return { kind: "doomed", why: `${id} died ${exit} (${instance.restarts} restarts)`, died: true };
    }
    if (instance.state !== "running") return doomed(`${id} is ${instance.state}`);
    if (!sameRevision(instance.revision, revision)) {
      return doomed(`${id} runs ${shortRevision(instance.revision)}, expected ${shortRevision(revision)}`);
    }
    return contained(id, instance, revision) ?? { kind: "running", instance };
  };
}

const doomed = (why: string): Standing => ({ kind: "doomed", why, died: false });

/** What the target says of these instances. Those that `answers` is true of are worth their own health check now. */
export async function seenNow(
  { target, instances }: GateSubject,
  signal: AbortSignal,
  answers: (id: string) => boolean = () => false,
): Promise<ReadonlyMap<string, ObservedInstance>> {
  const seen = await Promise.all(
    instances.map((handle) => target.instance(handle, { signal }, { check: answers(handle.id) })),
  );
  return new Map(seen.flatMap((one) => (one === null ? [] : [[one.id, one]])));
}
