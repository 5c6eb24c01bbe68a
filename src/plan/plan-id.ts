import type { ServiceSpec } from "../fleet/fleet.ts";
import { canonicalJson, type Digest } from "./canonical.ts";
import type { Revision } from "./observed.ts";
import type { Action, Plan, ServiceChange, Step } from "./plan.ts";
import { sameData } from "./same-data.ts";

/**
 * SHA-512/256 (hex) of everything else in a plan. Its lists are written item by item, in the order in which the planner makes an
 * item's keys: sorting those of 70,000 steps would take longer than all the planning. What every step of a service repeats, its
 * revisions and its spec, is written once and named from then on: they are half of a plan.
 */
export const planIdOf = (body: Omit<Plan, "id">, digest: Digest): string => digest(pieces(body));

/** Items that are written at once: few enough to stay small, enough to make a call for each of no account. */
const AT_ONCE = 1024;

function* pieces({ services, steps, ...rest }: Omit<Plan, "id">): Generator<string> {
  yield canonicalJson(rest);
  yield `\n${services.length}`;
  for (let from = 0; from < services.length; from += AT_ONCE)
    yield JSON.stringify(services.slice(from, from + AT_ONCE));
  yield `\n${steps.length}`;
  const said = new Map(services.map((service) => [service.name, { service, spec: null } as Said]));
  for (let from = 0; from < steps.length; from += AT_ONCE) {
    const written: unknown[] = [];
    for (let at = from; at < steps.length && at < from + AT_ONCE; at += 1) {
      const step = steps[at];
      if (step !== undefined) written.push(inShort(step, said.get(step.service)));
    }
    yield JSON.stringify(written);
  }
}

/** What was written of a service so far. */
type Said = { service: ServiceChange; spec: ServiceSpec | null };

/** How many keys each has: one that has more, or fewer, is written with their names. */
const STEP = 5;
const KEYS = { gate: 4, bring: 5, mark: 7 } as const;

/** Lists, whose order says what is what. */
function inShort(step: Step, said: Said | undefined): unknown {
  if (said === undefined || Object.keys(step).length !== STEP) return step;
  const { id, service, after, action, undo } = step;
  return [id, service, after, shortened(action, said), undo === null ? null : shortened(undo, said)];
}

/** With the names of its parts that are known in their places; those that are not stand in an object, so that none looks like a name. */
function shortened(action: Action, said: Said): unknown {
  const { kind } = action;
  if (kind !== "gate" && kind !== "bring" && kind !== "mark") return action;
  if (Object.keys(action).length !== KEYS[kind]) return action;
  const revision = named(action.revision, said) || { is: action.revision };
  if (kind === "gate") return [kind, revision, action.gate, action.instances];
  const spec = isRepeated(action.spec, said) ? "+" : { is: action.spec };
  if (kind === "bring") return [kind, revision, spec, action.source, action.count];
  return [kind, revision, spec, action.source, action.restores, action.migration, action.held];
}

/** Where the plan's list of services has told this revision; empty: nowhere. */
function named(revision: Revision, { service: { to, from } }: Said): "" | "to" | "from" {
  if (isSame(revision, to)) return "to";
  return isSame(revision, from) ? "from" : "";
}

/** A plan that comes from a file may lack what its type promises. */
const isSame = (a: Revision | undefined, b: Revision | null): boolean =>
  a === b ||
  (b !== null &&
    a !== undefined &&
    a.artifact === b.artifact &&
    a.commit === b.commit &&
    a.variables === b.variables &&
    Object.keys(a).length === Object.keys(b).length);

/** Is it the spec that was written last? By what it says: read from a file, equal ones are not identical. */
function isRepeated(spec: ServiceSpec, said: Said): boolean {
  const same = said.spec !== null && sameData(spec, said.spec);
  said.spec = spec;
  return same;
}
