import { type Finding, failed, inconclusive, passed } from "../../gates/subject.ts";
import type { ServiceChange } from "../../plan/plan.ts";
import { wayBackMissing } from "../way-back-missing.ts";
import type { Looking } from "./looking.ts";

/** Each service that this plan changes has a verified revision to return to, whole, and its migrations leave the old code a schema. */
export async function rollbackPossible(looking: Looking): Promise<Finding> {
  const { at, environment, plan } = looking;
  const schema = schemaWayBack(looking);
  if (schema.verdict === "failed") return schema;
  const changed = plan.services.filter(({ change }) => change !== "none");
  if (changed.length === 0) return passed("nothing changes");
  try {
    const { services } = await at.target(environment).observe({ signal: at.signal });
    const whys = await Promise.all(
      changed.map(async ({ name, change }): Promise<string | null> => {
        const mark = services[name]?.marks[0] ?? null;
        // A first deployment goes back to nothing, and needs nothing for it.
        if (change === "new") return null;
        if (mark === null) return `${name}: nothing of it was ever verified in ${environment.name}`;
        const [gone] = await wayBackMissing(looking, name, mark);
        return gone?.message ?? null;
      }),
    );
    const wrong = whys.find((one) => one !== null);
    if (wrong != null) return failed(wrong);
  } catch (error) {
    at.signal.throwIfAborted();
    return inconclusive(`${environment.name} could not be asked: ${(error as Error).message.slice(0, 200)}`);
  }
  if (schema.verdict === "inconclusive") return schema;
  return passed([...changed.map(backTo), schema.evidence].join("; "));
}

const backTo = ({ name, change, from }: ServiceChange): string =>
  change === "new" || from === null
    ? `${name} goes back to nothing`
    : `${name} goes back to ${from.commit.slice(0, 7)}`;

/** By what was proven of each migration of the plan. */
function schemaWayBack({ plan }: Looking): Finding {
  const files = plan.steps.flatMap(({ service, action }) =>
    action.kind === "migrate" || action.kind === "backfill"
      ? action.files.map(({ name, rollback }) => ({ what: `${service}: ${name}`, rollback }))
      : [],
  );
  const lost = files.find(({ rollback }) => rollback !== null && typeof rollback !== "string");
  if (lost !== undefined) return failed(`${lost.what} has no way back that loses nothing`);
  const open = files.find(({ rollback }) => rollback === null);
  if (open !== undefined) return inconclusive(`${open.what}: what going back does with it is not proven`);
  const reverts = files.filter(({ rollback }) => rollback === "revert").length;
  if (files.length === 0) return passed("the schema stays as it is");
  return passed(`of ${files.length} migrations ${files.length - reverts} stay and ${reverts} are taken back`);
}
