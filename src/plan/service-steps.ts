import type { ServiceSpec, SmokeCheck } from "../fleet/fleet.ts";
import type { Change } from "./change.ts";
import type { DesiredService } from "./desired.ts";
import type { ObservedInstance, ObservedService } from "./observed.ts";
import type { Action, GateSpec, InstanceRef, Step, StepId, WeightedBackends } from "./plan.ts";
import { newcomers, refsTo, routeAction, serving, settling, standing, weighted } from "./traffic.ts";

/** The steps of one service and the ones that others hang on. */
export type ServiceSteps = Readonly<{
  steps: readonly Step[];
  /** Those that start once everything that the service waits for is ready. */
  first: readonly StepId[];
  /** After these the service's new revision serves and has passed its gates. */
  ready: readonly StepId[];
  /** Those that nothing of the service follows. */
  end: readonly StepId[];
}>;

/** How long an instance may take until it is up where no health check says otherwise, in milliseconds. */
const UP_TIMEOUT = 60_000;
/** How long the traffic is watched where there are no logs to be watched beside it. */
const UNREAD_WATCH = 10_000;

/**
 * bring → up → health and smoke beside it → logs → shift → logs (watched) and traffic beside them → retire. The old instances run until the last gate has
 * passed, so that the way back is one shift. What a release that was cut off left goes first: it passed no gates, and nothing returns
 * to it.
 */
export function stepsOfService(desired: DesiredService, change: Change, observed: ObservedService): ServiceSteps {
  const steps: Step[] = [];
  const { name, spec, revision } = desired;
  let last: readonly StepId[] = [];
  const add = (verb: string, action: Action, undo: Action | null = null): StepId => {
    const id: StepId = `${name}.${verb}`;
    steps.push({ id, service: name, action, after: last, undo });
    last = [id];
    return id;
  };
  const gate = (verb: string, spec: GateSpec): StepId =>
    add(verb, { kind: "gate", gate: spec, revision, instances: current });

  const settled = settling(observed);
  if (settled !== null) add("settle", settled);
  const working = serving(observed);
  const leftovers = change.drop.filter((instance) => !working.includes(instance));
  if (leftovers.length > 0) add("clear", { kind: "retire", instances: refsTo(leftovers) });
  const old = change.drop.filter((instance) => working.includes(instance));

  const stopFirst = spec.strategy.kind === "stop-first" && old.length > 0;
  const retireOld = (): void => {
    if (old.length === 0) return;
    const health = observed.marks[0]?.spec.health ?? spec.health;
    const instances = refsTo(old);
    add("retire", { kind: "retire", instances }, { kind: "revive", instances, health });
  };
  if (stopFirst) {
    if (observed.route !== null) add("close", routeAction(spec.routes, []), standing(observed));
    retireOld();
  }
  const bring =
    change.missing > 0
      ? add(
          "bring",
          { kind: "bring", revision, source: desired.source, spec, count: change.missing },
          { kind: "retire", instances: [{ handlesOf: `${name}.bring`, nth: null }] },
        )
      : null;
  const current: InstanceRef[] = newcomers(change, bring);
  const { health, smoke } = spec;
  const up = gate("up", { kind: "up", count: current.length, timeout: health?.timeout ?? UP_TIMEOUT });
  const healthy = health === null ? up : gate("health", { kind: "health", health });
  // An instance has to stay healthy while it works, too; and what fails its tests need not be watched to the end first.
  const beside: StepId[] = [];
  const besideHealth = (verb: string, spec: GateSpec): void => {
    last = [up];
    beside.push(gate(verb, spec));
  };
  if (smoke.kind === "checks") besideHealth("smoke", { kind: "smoke", smoke, health });
  if (desired.contract !== null) {
    const requests = smoke.kind === "none" ? [] : smoke.checks.filter(isRequest);
    besideHealth("contract", { kind: "contract", file: desired.contract, requests, health });
  }
  last = healthy === up && beside.length > 0 ? beside : [healthy, ...beside];
  const read = "none" in spec.logs ? null : spec.logs;
  const baseline: InstanceRef[] = refsTo(working);
  const logs = (verb: string, watch: number): StepId[] =>
    read === null ? [] : [gate(verb, { kind: "logs", logs: { ...read, watch }, baseline })];
  logs("logs", 0);
  const isRouted = spec.routes.length > 0;
  // Marks of releases before this gate say nothing of it.
  const { traffic = null } = spec;
  /** What is worse under traffic need not be watched to the end either. */
  const watch = (nth: string, time: number, name: string): void => {
    const shifted = last;
    const watched = logs(`${name}${nth}`, time);
    if (traffic !== null && isRouted && time > 0) {
      last = shifted;
      watched.push(gate(`traffic${nth}`, { kind: "traffic", traffic, watch: time, baseline }));
    }
    if (watched.length > 0) last = watched;
  };
  let before = stopFirst ? routeAction(spec.routes, []) : standing(observed);
  const stages = !isRouted && observed.route === null ? [] : trafficStages(old, current, spec);
  for (const [index, stage] of stages.entries()) {
    const nth = stages.length === 1 ? "" : `.${index + 1}`;
    const action = routeAction(spec.routes, isRouted ? stage.backends : []);
    add(`shift${nth}`, action, before);
    before = action;
    if (stage.watch !== null) watch(nth, stage.watch, "logs-after");
  }
  const time = read === null ? UNREAD_WATCH : read.watch;
  if (time > 0) watch("", time, "logs-watch");
  const ready = last;
  if (!stopFirst) retireOld();
  return { steps, first: steps.slice(0, 1).map(({ id }) => id), ready, end: last };
}

const isRequest = (check: SmokeCheck): check is Extract<SmokeCheck, { kind: "request" }> => check.kind === "request";

type TrafficStage = Readonly<{
  backends: readonly WeightedBackends[] /** Logs watched after it, ms; null: no gate here. */;
  watch: number | null;
}>;

/** How the traffic goes over: at once, by shares, or instance by instance. */
function trafficStages(
  drop: readonly ObservedInstance[],
  current: readonly InstanceRef[],
  spec: ServiceSpec,
): readonly TrafficStage[] {
  const all: TrafficStage = { backends: [weighted(current, 1)], watch: null };
  const old = refsTo(drop.filter(({ state }) => state === "running"));
  if (old.length === 0) return [all];
  const { strategy } = spec;
  if (strategy.kind === "canary") {
    const shares = strategy.weights.map(
      (share): TrafficStage => ({
        backends: [weighted(current, share), weighted(old, 100 - share)],
        watch: strategy.watch,
      }),
    );
    return [...shares, all];
  }
  // Where nobody watches after a shift there is nothing to see between two either.
  const watched = "none" in spec.logs || spec.logs.watch > 0;
  if (strategy.kind !== "rolling" || current.length < 2 || !watched) return [all];
  const stages: TrafficStage[] = [];
  for (let moved = 1; moved < current.length; moved += 1) {
    const left = old.slice(Math.ceil((moved * old.length) / current.length));
    stages.push({
      backends: [weighted(current.slice(0, moved), 1), ...(left.length > 0 ? [weighted(left, 1)] : [])],
      watch: 0,
    });
  }
  return [...stages, all];
}
