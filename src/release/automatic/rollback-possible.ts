import { type Finding, failed, inconclusive, passed } from "../../gates/subject.ts";
import { numberOf } from "../../migrations/migration.ts";
import type { VerifiedMark } from "../../plan/observed.ts";
import { knownTo } from "../../plan/phases.ts";
import type { ServiceChange } from "../../plan/plan.ts";
import { wayBackMissing } from "../way-back-missing.ts";
import type { Looking } from "./looking.ts";
import { isProven, proofsIn } from "./proofs-in.ts";

/** Each service that this plan changes has a verified revision to return to, whole, and its migrations leave the old code a schema. */
export async function rollbackPossible(looking: Looking): Promise<Finding> {
  const { at, environment, plan } = looking;
  const changed = plan.services.filter(({ change }) => change !== "none");
  if (changed.length === 0) return passed("nothing changes");
  try {
    const { services } = await at.target(environment).observe({ signal: at.signal });
    const marks = new Map<string, VerifiedMark>();
    const wrong: string[] = [];
    for (const { name, change } of changed) {
      // A first deployment goes back to nothing, and needs nothing for it.
      if (change === "new") continue;
      const mark = services[name]?.marks[0];
      if (mark === undefined) wrong.push(`${name}: nothing of it was ever verified in ${environment.name}`);
      else {
        marks.set(name, mark);
        wrong.push(...(await wayBackMissing(looking, name, mark)).map(({ message }) => message));
      }
    }
    const schema = schemaWayBack(looking, marks);
    if (schema.verdict === "failed") return schema;
    const [first] = wrong;
    if (first !== undefined) return failed(first);
    return schema.verdict === "inconclusive" ? schema : passed([...changed.map(backTo), schema.evidence].join("; "));
  } catch (error) {
    at.signal.throwIfAborted();
    return inconclusive(`${environment.name} could not be asked: ${(error as Error).message.slice(0, 200)}`);
  }
}

const backTo = ({ name, change, from }: ServiceChange): string =>
  change === "new" || from === null
    ? `${name} goes back to nothing`
    : `${name} goes back to ${from.commit.slice(0, 7)}`;

/**
 * By what was proven of each migration of the plan. Of data that is filled in no verdict of its own is kept: it stays, and was proven with the rest. What takes a form away is
 * passed only by what was written for the schema after it.
 */
function schemaWayBack({ plan, evidence }: Looking, marks: ReadonlyMap<string, VerifiedMark>): Finding {
  const proofs = proofsIn(evidence.proofs);
  // Of what comes for the first time there is no old code to bear it.
  const before = new Set(plan.services.filter(({ change }) => change !== "new").map(({ name }) => name));
  const files = plan.steps.flatMap(({ service, action }) =>
    before.has(service) && (action.kind === "migrate" || action.kind === "backfill")
      ? action.files.map((file) => ({ service, file }))
      : [],
  );
  const named = ({ service, file }: (typeof files)[number]): string => `${service}: ${file.name}`;
  const lost = files.find(({ file: { rollback } }) => rollback !== null && typeof rollback !== "string");
  if (lost !== undefined) return failed(`${named(lost)} has no way back that loses nothing`);
  const open = files.find(({ service, file }) => {
    if (file.rollback !== null) return false;
    const mark = marks.get(service);
    if (mark !== undefined && knownTo(mark, numberOf)(file)) return false;
    return file.phase === "contract" || !isProven(proofs, service, file.name);
  });
  if (open !== undefined) return inconclusive(`${named(open)}: what going back does with it is not proven`);
  const reverts = files.filter(({ file }) => file.rollback === "revert").length;
  if (files.length === 0) return passed("the schema stays as it is");
  return passed(`of ${files.length} migrations ${files.length - reverts} stay and ${reverts} are taken back`);
}
