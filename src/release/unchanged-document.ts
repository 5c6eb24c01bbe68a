import { shortRevision } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import type { ReleaseDocument } from "./outcome.ts";

/** Of a plan that nothing was done of: there is nothing to do, or it waits. */
export const unchangedDocument = (plan: Plan): ReleaseDocument => ({
  formatVersion: 1,
  release: null,
  environment: plan.environment,
  status: "verified",
  seconds: 0,
  services: plan.services.map(({ name, from, to }) => ({
    name,
    from: from === null ? null : shortRevision(from),
    to: to === null ? null : shortRevision(to),
    status: "unchanged",
    seconds: 0,
    gates: [],
  })),
  approval: [],
  problems: [],
});
