import type { Digest } from "./canonical.ts";
import { type Change, changeOf, NOTHING_OBSERVED } from "./change.ts";
import { fetchStep, surround } from "./container-steps.ts";
import type { Desired, DesiredService } from "./desired.ts";
import { expectsOf } from "./expects.ts";
import type { Observed, VerifiedMark } from "./observed.ts";
import { waitsFor } from "./order.ts";
import type { Action, Plan, ServiceChange, Step, StepId } from "./plan.ts";
import { planIdOf } from "./plan-id.ts";
import { removeSteps } from "./remove-steps.ts";
import { type ServiceSteps, stepsOfService } from "./service-steps.ts";

/**
 * Desired + observed → the graph of steps. Pure and deterministic: the same input gives the same plan and the same id.
 * All expand migrations come before the first instance; then core, then children; the marks come last, when everything has passed.
 */
export function makePlan(desired: Desired, observed: Observed, digest: Digest): Plan {
  const changes = new Map<string, Change>();
  for (const service of desired.services) {
    changes.set(service.name, changeOf(service, observed.services[service.name] ?? NOTHING_OBSERVED));
  }
  const changing = desired.services.filter((service) => changes.get(service.name)?.kind !== "none");
  const names = new Set(changing.map(({ name }) => name));
  const waits = waitsFor(desired, names);
  const built = new Map<string, ServiceSteps>();
  for (const service of changing) {
    const change = changes.get(service.name);
    if (change === undefined) continue;
    built.set(service.name, stepsOfService(service, change, observed.services[service.name] ?? NOTHING_OBSERVED));
  }
  const migrations = changing.flatMap((service) => [...migrateUp(service), ...migrateDownFirst(service)]);
  const steps: Step[] = [...migrations];
  const migrated = migrations.map(({ id }) => id);
  const awaited = new Set<string>();
  for (const needs of waits.values()) for (const need of needs) awaited.add(need);
  for (const service of changing) {
    const own = built.get(service.name);
    if (own === undefined) continue;
    const before = (waits.get(service.name) ?? []).flatMap((need) => built.get(need)?.ready ?? []);
    // Whoever waits for another service comes after the migrations through it.
    const fetch = fetchStep(service, changes.get(service.name)?.missing ?? 0);
    if (fetch !== null) steps.push(fetch);
    const after = [...(before.length > 0 ? before : migrated), ...(fetch === null ? [] : [fetch.id])];
    for (const step of own.steps)
      steps.push(own.first.includes(step.id) ? { ...step, after: [...step.after, ...after] } : step);
    const decided = desired.onFailure === "release" ? changing[0]?.name : service.name;
    steps.push(...backfill(service, own, `${decided}.mark`), ...migrateDown(service, own, `${decided}.mark`));
  }
  const leaves = changing.filter(({ name }) => !awaited.has(name)).flatMap(({ name }) => built.get(name)?.ready ?? []);
  for (const name of desired.remove)
    steps.push(...removeSteps(name, observed.services[name] ?? NOTHING_OBSERVED, leaves));
  const tested = addTests({ steps, changing, leaves, tests: desired.tests });
  addMarks({ steps, changing, built, leaves: tested, observed, onFailure: desired.onFailure });

  const body: Omit<Plan, "id"> = {
    formatVersion: 1,
    fleet: desired.fleet,
    environment: desired.environment,
    expects: expectsOf(observed, digest),
    onFailure: desired.onFailure,
    concurrency: desired.concurrency,
    services: [
      ...desired.services.map((service) => summary(service, changes.get(service.name))),
      ...removed(desired, observed),
    ],
    waiting: desired.services.flatMap(({ name, migrations }) =>
      (migrations?.waiting ?? []).map((one) => ({ service: name, ...one })),
    ),
    steps: desired.surroundings === null ? steps : surround(steps, desired.surroundings, leaves),
  };
  return { id: planIdOf(body, digest), ...body };
}

type Migrate = Extract<Action, { kind: "migrate" }>;

function migrateUp({ name, migrations, source, revision }: DesiredService): readonly Step[] {
  if (migrations === null || migrations.up.length === 0) return [];
  const { up: files, urlVariable } = migrations;
  const action = { kind: "migrate", direction: "up", source, files, urlVariable, revision } as const;
  return [{ id: `${name}.migrate`, service: name, action, after: [], undo: undoOf(action) }];
}

/**
 * Old code bears what was proven so, and what nobody proved runs before it only because it expands: that stays when a release is thrown back.
 * Where it was proven not to bear it, everything from the first such migration on goes, newest first, with this artifact's own down files.
 */
function undoOf(action: Migrate): Action | null {
  const first = action.files.findIndex(({ rollback }) => rollback !== null && rollback !== "keep");
  if (first < 0) return null;
  return { ...action, direction: "down", files: action.files.slice(first).toReversed() };
}

/** What the coming revision does not bear goes before it starts. Should its gates fail, what needs it comes back, and so does this. */
function migrateDownFirst({ name, migrations, revision }: DesiredService): readonly Step[] {
  const action = downAction(migrations, revision, "first");
  if (action === null) return [];
  const undo = { ...action, direction: "up", files: action.files.toReversed() } as const;
  return [{ id: `${name}.migrate-down`, service: name, action, after: [], undo }];
}

function downAction(
  migrations: DesiredService["migrations"],
  revision: DesiredService["revision"],
  when: "first" | "last",
): Migrate | null {
  if (migrations === null || migrations.down.length === 0 || migrations.downSource === null) return null;
  if (migrations.downWhen !== when) return null;
  const { down: files, downSource: source, urlVariable } = migrations;
  return { kind: "migrate", direction: "down", source, files, urlVariable, revision };
}

/**
 * The way down is last of its service: no instance that needs the newer schema may still run. It cannot be taken back itself, so
 * it also comes after the mark (`decided`) that says that nothing before it will be.
 */
function migrateDown(
  { name, migrations, revision }: DesiredService,
  own: ServiceSteps,
  decided: StepId,
): readonly Step[] {
  const action = downAction(migrations, revision, "last");
  if (action === null) return [];
  const after = [...own.end, decided];
  return [{ id: `${name}.migrate-down`, service: name, action, after, undo: null }];
}

/**
 * Data is filled in once no old code writes any more and nothing of the release can be thrown back: batches may take hours, and the values
 * that old code leaves behind would have to be filled again.
 */
function backfill(
  { name, migrations, source, revision }: DesiredService,
  own: ServiceSteps,
  decided: StepId,
): readonly Step[] {
  if (migrations === null || migrations.after.length === 0) return [];
  const { after: files, urlVariable } = migrations;
  const action = { kind: "backfill", source, files, urlVariable, revision } as const;
  return [{ id: `${name}.backfill`, service: name, action, after: [...own.end, decided], undo: null }];
}

type Testing = Readonly<{ steps: Step[]; leaves: readonly StepId[] }> &
  Readonly<{ changing: readonly DesiredService[]; tests: Desired["tests"] }>;

/** The tests of the whole belong to the service whose mark is the first: nothing is verified before they have passed. */
function addTests({ steps, changing, leaves, tests }: Testing): readonly StepId[] {
  const [first] = changing;
  if (tests === null || first === undefined) return leaves;
  const id = `${first.name}.tests`;
  const action = { kind: "gate", gate: { kind: "tests", ...tests }, revision: first.revision, instances: [] } as const;
  steps.push({ id, service: first.name, action, after: leaves, undo: null });
  return [id];
}

type Marking = Readonly<{
  steps: Step[];
  changing: readonly DesiredService[];
  built: ReadonlyMap<string, ServiceSteps>;
  leaves: readonly StepId[];
  observed: Observed;
  onFailure: Desired["onFailure"];
}>;

/**
 * Where a failure takes the whole release back, nothing is verified before all of it is: the first mark waits for every service,
 * the others for the first, which keeps the graph's size linear.
 */
function addMarks({ steps, changing, built, leaves, observed, onFailure }: Marking): void {
  let gatekeeper: StepId | null = null;
  for (const { name, revision, restores, migrations, spec, source } of changing) {
    const ready = built.get(name)?.ready ?? [];
    const after: readonly StepId[] = onFailure !== "release" ? ready : gatekeeper === null ? leaves : [gatekeeper];
    const id = `${name}.mark`;
    gatekeeper ??= id;
    const action = {
      kind: "mark",
      revision,
      restores,
      migration: migrations?.level ?? null,
      held: migrations?.held ?? [],
      spec,
      source,
    } as const;
    steps.push({ id, service: name, action, after, undo: unmarking(observed.services[name]?.marks[0]) });
  }
}

/** Thrown back after it was marked, a service stands verified where it stood before. */
const unmarking = (earlier: VerifiedMark | undefined): Action =>
  earlier === undefined
    ? { kind: "unmark" }
    : {
        kind: "mark",
        revision: earlier.revision,
        restores: earlier.restores ?? earlier.release,
        migration: earlier.migration,
        held: earlier.held,
        spec: earlier.spec,
        source: earlier.source,
      };

const summary = ({ name, revision, notes }: DesiredService, change: Change | undefined): ServiceChange => ({
  name,
  change: change?.kind ?? "none",
  from: change?.from ?? null,
  to: revision,
  why: change?.why ?? "",
  notes,
});

const removed = (desired: Desired, observed: Observed): readonly ServiceChange[] =>
  desired.remove.map((name) => ({
    name,
    change: "remove",
    from: observed.services[name]?.marks[0]?.revision ?? null,
    to: null,
    why: desired.direction === "back" ? "was not there before" : "no longer in the fleet",
    notes: [],
  }));
