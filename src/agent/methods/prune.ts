import { z } from "zod";
import { method } from "../method.ts";
import { claimed } from "../params.ts";
import type { InstanceRecord } from "../state/instances.ts";
import type { MarkRecord } from "../state/marks.ts";

/** Forgets what neither runs nor is among the newest `keep` verified revisions or retired instances of its service. */
export const prune = method({
  params: z.strictObject({ ...claimed, keep: z.number().int().min(1) }),
  run: (agent, params) => {
    const { scope, keep } = params;
    const { marks, retired } = agent.scopes.change(params, () => {
      const marks = beyond(agent.marks.of(scope), keep);
      for (const { seq } of marks) agent.marks.remove(seq);
      const retired = retiredBeyond(agent.instances.of(scope), keep);
      for (const { id } of retired) agent.instances.remove(id);
      return { marks, retired };
    });
    for (const { id } of retired) agent.logs.remove(id);
    agent.scopes.check(params);
    const variables = agent.secrets.prune(
      scope,
      [...agent.marks.of(scope).map(({ mark }) => mark), ...agent.instances.of(scope)].map(({ service, revision }) => ({
        service,
        fingerprint: revision.variables,
      })),
    );
    return { instances: retired.length, variables, marks: marks.length };
  },
});

/**
 * Newest first, each service's marks are kept until `keep` different revisions have been seen. Those between stay too: a
 * rollback's mark names the one that it restored.
 */
function beyond(marks: readonly MarkRecord[], keep: number): readonly MarkRecord[] {
  const seen = new Map<string, Set<string>>();
  const full = new Set<string>();
  return marks.filter(({ mark: { service, revision } }) => {
    const revisions = seen.get(service) ?? new Set();
    seen.set(service, revisions);
    const known = revisions.add(`${revision.artifact} ${revision.variables}`).size <= keep;
    if (!known) full.add(service);
    return full.has(service);
  });
}

function retiredBeyond(records: readonly InstanceRecord[], keep: number): readonly InstanceRecord[] {
  const kept = new Map<string, number>();
  return records
    .filter(({ goal }) => goal === "retired")
    .toReversed()
    .filter(({ service }) => {
      const count = kept.get(service) ?? 0;
      kept.set(service, count + 1);
      return count >= keep;
    });
}
