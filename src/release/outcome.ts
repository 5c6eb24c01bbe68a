import type { EndStatus, JournalRecord } from "../engine/journal.ts";
import type { ReleaseStatus } from "../engine/store.ts";
import type { GateResult } from "../gates/gate.ts";
import { shortRevision } from "../plan/observed.ts";
import type { Plan } from "../plan/plan.ts";
import { type Problem, problem } from "../problem.ts";
import { type ApprovalDocument, approvalIn } from "./approval-document.ts";

/** What `deploy`, `rollback` and `resume` print with --json. */
export type ReleaseDocument = Readonly<{
  formatVersion: 1;
  release: string | null;
  environment: string;
  status: Exclude<ReleaseStatus, "running" | "superseded"> | "superseded";
  seconds: number;
  services: readonly ServiceOutcome[];
  /** Of the environment's checklist; empty where nothing has to be agreed to. */
  approval: readonly ApprovalDocument[];
  problems: readonly Problem[];
}>;

export type ServiceOutcome = Readonly<{
  name: string;
  from: string | null;
  to: string | null;
  status: "unchanged" | "verified" | "rolled-back" | "removed" | "halted" | "interrupted";
  seconds: number;
  gates: readonly Readonly<{ kind: GateResult["kind"]; verdict: GateResult["verdict"]; evidence: string }>[];
}>;

/** Folds a release's journal into what people and scripts want to know of it. Pure. */
export function outcomeOf(
  ended: Readonly<{ plan: Plan; release: string; status: EndStatus; records: readonly JournalRecord[]; took: number }> &
    Readonly<{ evidence: Readonly<Record<string, unknown>> }>,
): ReleaseDocument {
  const { plan, release, status, records, took } = ended;
  const services = plan.services.map((change): ServiceOutcome => {
    const ids = new Set(plan.steps.filter(({ service }) => service === change.name).map(({ id }) => id));
    const own = records.filter((record) => "step" in record && ids.has(record.step));
    const undone = own.some((record) => record.kind === "done" && record.way === "undo");
    const done = new Set(own.flatMap((record) => (record.kind === "done" && record.way === "do" ? [record.step] : [])));
    const complete = [...ids].every((id) => done.has(id));
    return {
      name: change.name,
      from: change.from === null ? null : shortRevision(change.from),
      to: change.to === null ? null : shortRevision(change.to),
      status:
        change.change === "none"
          ? "unchanged"
          : undone
            ? "rolled-back"
            : complete
              ? change.change === "remove"
                ? "removed"
                : "verified"
              : status === "rolled-back" || status === "verified"
                ? "rolled-back"
                : status === "halted"
                  ? "halted"
                  : "interrupted",
      seconds: span(own),
      gates: gatesOf(own),
    };
  });
  const problems = records.flatMap((record, index): Problem[] => {
    if (record.kind !== "failed" || doneAfter(records, record, index)) return [];
    const [quoted] = record.fault.evidence.split("\n");
    return [problem(record.fault.code, `${record.step}: ${record.fault.message}`, quoted ? quoted : null)];
  });
  return {
    formatVersion: 1,
    release,
    environment: plan.environment,
    status,
    seconds: Math.round(took / 100) / 10,
    services,
    approval: approvalIn(ended.evidence),
    problems,
  };
}

/** What failed may be done after all, once the release is resumed. */
const doneAfter = (
  records: readonly JournalRecord[],
  { step, way }: Extract<JournalRecord, { kind: "failed" }>,
  index: number,
): boolean =>
  records.some((other, at) => at > index && other.kind === "done" && other.step === step && other.way === way);

function span(records: readonly JournalRecord[]): number {
  const times = records.map(({ at }) => at);
  return times.length === 0 ? 0 : Math.round((Math.max(...times) - Math.min(...times)) / 100) / 10;
}

/** The last word of each gate, in the order in which they were passed. */
function gatesOf(records: readonly JournalRecord[]): ServiceOutcome["gates"] {
  const gates = new Map<string, ServiceOutcome["gates"][number]>();
  for (const record of records) {
    const gate = record.kind === "done" ? record.outcome.gate : record.kind === "failed" ? record.gate : null;
    if (gate == null || !("step" in record)) continue;
    gates.delete(record.step);
    gates.set(record.step, { kind: gate.kind, verdict: gate.verdict, evidence: gate.evidence });
  }
  return [...gates.values()];
}
