import type { DesiredService, DesiredSurroundings } from "./desired.ts";
import type { Step, StepId } from "./plan.ts";

/** Whom the parts of a compose file belong to that are no services: no name of a service begins like this. */
export const SURROUNDINGS = "_compose";

/** Images come first of all, and wait for nothing: pulling one takes nothing from what runs. */
export const fetchStep = ({ name, spec, source }: DesiredService, missing: number): Step | null =>
  spec.container === null || missing === 0
    ? null
    : { id: `${name}.fetch`, service: name, action: { kind: "fetch", source }, after: [], undo: null };

/** Databases before everything; what stands before the services, such as a proxy, once they are there. Neither is taken back. */
export function surround(
  steps: readonly Step[],
  { project, before, after }: DesiredSurroundings,
  leaves: readonly StepId[],
): readonly Step[] {
  const step = (verb: string, services: readonly string[], waits: readonly StepId[]): Step => ({
    id: `${SURROUNDINGS}.${verb}`,
    service: SURROUNDINGS,
    action: { kind: "surround", project, services },
    after: waits,
    undo: null,
  });
  const first = before.length === 0 ? null : step("start", before, []);
  const fetches = new Set(steps.flatMap(({ id, action }) => (action.kind === "fetch" ? [id] : [])));
  const waits = ({ id, after: earlier }: Step): boolean => !fetches.has(id) && earlier.every((one) => fetches.has(one));
  const waiting =
    first === null ? steps : steps.map((one) => (waits(one) ? { ...one, after: [...one.after, first.id] } : one));
  return [
    ...(first === null ? [] : [first]),
    ...waiting,
    ...(after.length === 0 ? [] : [step("finish", after, leaves.length > 0 || first === null ? leaves : [first.id])]),
  ];
}
