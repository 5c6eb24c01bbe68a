import type { ServiceSpec } from "../fleet/fleet.ts";
import { begunOtherwise } from "./begun-otherwise.ts";
import { canonicalJson } from "./canonical.ts";
import type { DesiredService } from "./desired.ts";
import {
  type ObservedInstance,
  type ObservedService,
  type Revision,
  sameRevision,
  type VerifiedMark,
} from "./observed.ts";

/** What stands between one service's observed and desired state. */
export type Change = Readonly<{
  kind: "none" | "new" | "update";
  why: string;
  from: Revision | null;
  /** Live instances of the desired revision that stay. */
  keep: readonly ObservedInstance[];
  /** How many must be brought beside them. */
  missing: number;
  /** Everything else that is there and has to go. */
  drop: readonly ObservedInstance[];
}>;

export const NOTHING_OBSERVED: ObservedService = { instances: [], route: null, marks: [], migrations: [] };

export function changeOf(desired: DesiredService, observed: ObservedService): Change {
  const mark = observed.marks[0] ?? null;
  const from = mark?.revision ?? servingRevision(observed);
  const live = observed.instances.filter(isLive);
  const fitting = live.filter(
    (instance) =>
      sameRevision(instance.revision, desired.revision) &&
      startsAlike(mark, instance.revision, desired.spec) &&
      isTrusted(mark, instance),
  );
  const keep = [...fitting].sort(byWorth(observed)).slice(0, desired.spec.replicas);
  const drop = observed.instances.filter((instance) => !keep.includes(instance));
  const missing = desired.spec.replicas - keep.length;
  const why = reason({ desired, observed, mark, keep, drop, missing });
  if (why === null) {
    return { kind: "none", why: "verified there", from, keep, missing: 0, drop: [] };
  }
  return { kind: from === null ? "new" : "update", why, from, keep, missing, drop };
}

/** Running, or about to run again: an instance that the agent is restarting is not gone. */
const isLive = (instance: ObservedInstance): boolean => instance.state === "running" || instance.state === "restarting";

/** Without a mark, what has the traffic is what runs. */
function servingRevision(observed: ObservedService): Revision | null {
  const serving = new Set(
    observed.route?.backends.filter((backend) => backend.weight > 0).map((backend) => backend.instance),
  );
  return observed.instances.find((instance) => serving.has(instance.id))?.revision ?? null;
}

/** An instance started by another command line is another thing, though its artifact is the same. */
function startsAlike(mark: VerifiedMark | null, revision: Revision, spec: ServiceSpec): boolean {
  if (mark === null || !sameRevision(mark.revision, revision)) return true;
  return begunOtherwise(mark.spec, spec).length === 0;
}

/** Of a revision that was never verified here, only what has not died yet is worth another look. */
const isTrusted = (mark: VerifiedMark | null, { revision, restarts }: ObservedInstance): boolean =>
  restarts === 0 || (mark !== null && sameRevision(mark.revision, revision));

/** Those with traffic first, then those that died least: they are the ones worth keeping. */
function byWorth(observed: ObservedService): (a: ObservedInstance, b: ObservedInstance) => number {
  const weights = new Map(observed.route?.backends.map((backend) => [backend.instance, backend.weight]));
  return (a, b) =>
    (weights.get(b.id) ?? 0) - (weights.get(a.id) ?? 0) || a.restarts - b.restarts || (a.id < b.id ? -1 : 1);
}

type Compared = Readonly<{
  desired: DesiredService;
  observed: ObservedService;
  mark: VerifiedMark | null;
  keep: readonly ObservedInstance[];
  drop: readonly ObservedInstance[];
  missing: number;
}>;

/** Why something has to be done; null when nothing has. */
function reason({ desired, observed, mark, keep, drop, missing }: Compared): string | null {
  if (mark === null) return keep.length > 0 ? "runs, but was never verified there" : "not there yet";
  if (mark.revision.artifact !== desired.revision.artifact) return "new artifact";
  if (mark.revision.variables !== desired.revision.variables) return "variables changed";
  const pending = (desired.migrations?.up.length ?? 0) + (desired.migrations?.after.length ?? 0);
  if (pending > 0) return `${pending} migration${pending === 1 ? "" : "s"} pending`;
  if ((desired.migrations?.down.length ?? 0) > 0) return "migrations to take back";
  const otherwise = missing > 0 ? begunOtherwise(mark.spec, desired.spec) : [];
  if (otherwise.length > 0) return `begins otherwise than what runs: ${otherwise.join(", ")}`;
  if (missing > 0) return `${keep.length} of ${desired.spec.replicas} instances run`;
  if (drop.length > 0) return `${drop.length} more instance${drop.length === 1 ? "" : "s"} than declared`;
  if (!routeFits(desired.spec, observed, keep)) return "the router sends its requests elsewhere";
  return null;
}

function routeFits(spec: ServiceSpec, observed: ObservedService, keep: readonly ObservedInstance[]): boolean {
  const { route } = observed;
  if (spec.routes.length === 0) return route === null;
  if (route === null || canonicalJson(route.match) !== canonicalJson(spec.routes)) return false;
  const serving = route.backends.filter((backend) => backend.weight > 0).map((backend) => backend.instance);
  const weights = new Set(route.backends.map((backend) => backend.weight));
  return weights.size === 1 && canonicalJson([...serving].sort()) === canonicalJson(keep.map(({ id }) => id).sort());
}
