import type { ReleaseKind, ReleaseRecord } from "../engine/store.ts";
import { missing, type OpenItem, takesPerson } from "../gates/approval/approval-state.ts";
import { textOf } from "../gates/approval/checklist.ts";
import { languageOf } from "../language.ts";
import type { Plan } from "../plan/plan.ts";
import { problem, Refused } from "../problem.ts";
import { type Approving, approvalOf, waitingRelease } from "./approval.ts";
import { type ApprovalDocument, agreedBy, approvalDocument } from "./approval-document.ts";
import type { ReleaseDocument } from "./outcome.ts";
import { releaseId } from "./release-id.ts";
import { tellWaiting } from "./tell.ts";
import { unchangedDocument } from "./unchanged-document.ts";

export type AwaitingApproval = Approving &
  Readonly<{
    kind: ReleaseKind;
    commit: string | null;
    /** Asks for what is missing of a checklist; records confirmations. Does nothing where nobody can be asked. */
    ask: (plan: Plan, missing: readonly OpenItem[]) => Promise<void>;
    /** Shows the plan before anything is done; false: the person says no. */
    confirm: (plan: Plan) => Promise<boolean>;
  }>;

export type Approved = Readonly<{
  release: string;
  /** The record that waited; null: nobody had to be waited for. */
  existing: ReleaseRecord | null;
  evidence: Approving["evidence"];
}>;

/** Milliseconds after which what Sampan found is looked at again before anything begins. */
const FRESH = 1000;

/**
 * Either every required item is filled and the release may begin, or it waits under its own name. What Sampan fills is looked at when it is asked for, and again
 * once people have answered: what was green while they thought may be red now.
 */
export async function awaitApproval(
  asked: AwaitingApproval,
): Promise<Readonly<{ approved: Approved } | { waits: ReleaseDocument }>> {
  const { at, environment, plan, checklist } = asked;
  const store = await at.store();
  const existing = checklist === null ? null : await waitingRelease(store, environment.name, plan);
  const release = existing?.id ?? releaseId(at.clock.now(), at.random);
  let looked = at.clock.monotonic();
  let states = await approvalOf(asked);
  const look = async (): Promise<void> => {
    looked = at.clock.monotonic();
    states = await approvalOf(asked);
  };
  if (missing(states).length > 0) {
    await asked.ask(plan, missing(states));
    await look();
  }
  if (missing(states).length === 0) {
    if (!(await asked.confirm(plan)))
      throw new Refused([problem("not-confirmed", "not started: it was not confirmed")], 3);
    if (at.clock.monotonic() - looked > FRESH) await look();
  }
  const items = approvalDocument(states, languageOf(at.processEnv));
  const evidence =
    checklist === null ? asked.evidence : { ...asked.evidence, approval: items, agreed: agreedBy(states) };
  if (existing !== null) await store.update(release, { evidence });
  const open = missing(states);
  if (open.length === 0) return { approved: { release, existing, evidence } };
  if (existing === null) {
    await store.create({
      id: release,
      environment: plan.environment,
      kind: asked.kind,
      status: "awaiting-approval",
      commit: asked.commit,
      by: at.by,
      createdAt: at.clock.now(),
      endedAt: null,
      plan,
      evidence,
    });
    const told = { at, plan, release, kind: asked.kind, commit: asked.commit, evidence } as const;
    // Whoever asks again for a release that waits has heard that it does.
    await tellWaiting(
      told,
      open.map(({ item, open: why }) => `${item.id}: ${textOf(item, languageOf(at.processEnv))}: ${why}`),
    );
  }
  return { waits: waitingDocument({ asked, release, open, items }) };
}

type Waits = Readonly<{
  asked: AwaitingApproval;
  release: string;
  open: readonly OpenItem[];
  items: readonly ApprovalDocument[];
}>;

const waitingDocument = ({ asked, release, open, items }: Waits): ReleaseDocument => ({
  ...unchangedDocument(asked.plan),
  release,
  status: "awaiting-approval",
  approval: items,
  problems: open.map((state) =>
    problem(
      "approval-missing",
      `${state.item.id}: ${textOf(state.item, languageOf(asked.at.processEnv))}: ${state.open}`,
      takesPerson(state)
        ? `sampan approve ${release} --item ${state.item.id} --by NAME${state.item.evidence === "none" ? "" : " --evidence …"}`
        : "Sampan fills it by itself: mend that, and ask again",
    ),
  ),
});
