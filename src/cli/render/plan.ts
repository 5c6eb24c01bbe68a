import { inOrder } from "../../plan/estimate.ts";
import { shortRevision } from "../../plan/observed.ts";
import type { Action, InstanceRef, Plan, WaitingMigration } from "../../plan/plan.ts";
import type { ApprovalDocument } from "../../release/approval-document.ts";
import { table } from "./table.ts";

/** What `plan --json` prints. */
export type PlanDocument = Readonly<{
  formatVersion: 1;
  id: string;
  environment: string;
  steps: readonly Readonly<{ id: string; kind: string; service: string; after: readonly string[] }>[];
  services: readonly Readonly<{
    name: string;
    change: string;
    from: string | null;
    to: string | null;
    why: string;
    notes: readonly string[];
  }>[];
  /** Migrations left for a later release. */
  waiting: readonly WaitingMigration[];
  estimateSeconds: number;
  /** Services whose artifacts do not exist yet. */
  unbuilt: readonly string[];
  /** The environment's checklist as it stands for this plan; empty where nothing has to be agreed to. */
  approval: readonly ApprovalDocument[];
}>;

const ALONE: Pick<PlanDocument, "unbuilt" | "approval"> = { unbuilt: [], approval: [] };

export function planDocument(plan: Plan, estimateSeconds: number, beside = ALONE): PlanDocument {
  return {
    formatVersion: 1,
    id: plan.id,
    environment: plan.environment,
    steps: plan.steps.map(({ id, action, service, after }) => ({ id, kind: kindOf(action), service, after })),
    services: plan.services.map(({ name, change, from, to, why, notes }) => ({
      name,
      change,
      from: from === null ? null : shortRevision(from),
      to: to === null ? null : shortRevision(to),
      why,
      notes,
    })),
    waiting: plan.waiting,
    estimateSeconds,
    ...beside,
  };
}

const kindOf = (action: Action): string => (action.kind === "gate" ? `gate:${action.gate.kind}` : action.kind);

export function planText(plan: Plan, estimateSeconds: number): string {
  const document = planDocument(plan, estimateSeconds);
  const services = table(
    document.services.map(({ name, change, from, to, why }) => [
      `  ${name}`,
      change,
      `${from ?? "–"} → ${to ?? "–"}`,
      why,
    ]),
  );
  const waiting = waitingText(plan.waiting) + notesText(plan);
  if (plan.steps.length === 0) return `${plan.environment}: nothing to do\n${services}${waiting}`;
  const steps = inOrder(plan.steps).map(({ id, action, after }) => [
    `  ${id}`,
    describe(action),
    after.length === 0
      ? ""
      : `after ${after.slice(0, 3).join(", ")}${after.length > 3 ? ` and ${after.length - 3} more` : ""}`,
  ]);
  return `${plan.environment}: plan ${plan.id.slice(0, 12)}, about ${estimateSeconds} s\n${services}${waiting}\n${table(steps)}`;
}

const notesText = ({ services }: Plan): string =>
  services
    .filter(({ change }) => change !== "none")
    .flatMap(({ name, notes }) => notes.map((note) => `  ${name}: ${note}\n`))
    .join("");

const waitingText = (waiting: readonly WaitingMigration[]): string =>
  waiting.length === 0
    ? ""
    : `\nleft for later\n${table(waiting.map(({ service, name, phase, why }) => [`  ${service}`, `${phase} ${name}`, why]))}`;

/** How many instances references name, where the plan alone can tell. */
const counted = (refs: readonly InstanceRef[]): string =>
  refs.some((ref) => "handlesOf" in ref && ref.nth === null) ? "what it started" : `${refs.length}`;

/** A step in words. */
export function describe(action: Action): string {
  switch (action.kind) {
    case "migrate":
      if (action.files.every(({ name }) => name.startsWith("command@")))
        return "migrate with the service's own tool: unknown, nobody has judged what it does";
      return `migrate ${action.direction}: ${action.files.map(({ name }) => name).join(", ")}`;
    case "backfill":
      return `fill in batches: ${action.files.map(({ name }) => name).join(", ")}`;
    case "fetch":
      return `get ${action.source}`;
    case "surround":
      return `start what is missing: ${action.services.join(", ")}`;
    case "bring":
      return `start ${action.count} × ${shortRevision(action.revision)}`;
    case "revive":
      return `start ${counted(action.instances)} again`;
    case "gate":
      switch (action.gate.kind) {
        case "up":
          return `gate: ${action.gate.count} of ${action.gate.count} run and report their version`;
        case "health":
          return `gate: healthy for ${seconds(action.gate.health.healthyFor)}`;
        case "smoke":
          return "gate: smoke test";
        case "contract":
          return "gate: the running service beside its contract";
        case "logs":
          return action.gate.logs.watch === 0
            ? "gate: logs since the start"
            : `gate: logs for ${seconds(action.gate.logs.watch)}`;
        case "traffic":
          return `gate: errors and latency beside the old one's for ${seconds(action.gate.watch)}`;
        case "tests":
          return `gate: the tests of the whole: ${action.gate.command.join(" ")}`;
      }
      break;
    case "shift":
      return action.backends.length === 0 ? "no more traffic" : "move the traffic";
    case "retire":
      return `drain and stop ${counted(action.instances)}`;
    case "mark":
      return "record as verified";
    case "unmark":
      return "forget that it was there";
  }
}

const seconds = (ms: number): string => `${ms / 1000} s`;
