import type { ReleaseKind } from "../engine/store.ts";
import type { NewsKind } from "../fleet/fleet.ts";
import type { News } from "../notify/news.ts";
import type { Plan } from "../plan/plan.ts";
import type { ReleaseDocument } from "./outcome.ts";
import type { Workplace } from "./workplace.ts";

/** A release as far as people hear of it. */
export type Told = Readonly<{
  at: Workplace;
  plan: Plan;
  release: string;
  kind: ReleaseKind;
  commit: string | null;
  evidence: Readonly<Record<string, unknown>>;
}>;

type Said = Readonly<{ kind: NewsKind; seconds: number | null; why: readonly string[] }>;

const newsOf = ({ at, plan, release, kind, commit, evidence }: Told, said: Said): News => ({
  ...said,
  why: [...(typeof evidence.breakGlass === "string" ? [`broke the glass: ${evidence.breakGlass}`] : []), ...said.why],
  fleet: plan.fleet,
  environment: plan.environment,
  release,
  what: kind,
  by: at.by,
  commit,
  services: plan.services.filter(({ change }) => change !== "none").map(({ name }) => name),
  page: at.ci?.page ?? null,
});

/**
 * Tells of a release's beginning while it works, and of its end once it holds nothing any more: nobody waits for a message. What was interrupted, or
 * taken over, is told by whoever ends it.
 */
export async function tellOf(
  told: Told,
  work: (begun: () => void) => Promise<ReleaseDocument>,
): Promise<ReleaseDocument> {
  const { at } = told;
  const telling: Promise<void>[] = [];
  const document = await work(() => telling.push(at.notify(newsOf(told, { kind: "started", seconds: null, why: [] }))));
  const kind = endOf(document.status);
  if (kind !== null) {
    const why = document.problems.map(({ message }) => message);
    telling.push(at.notify(newsOf(told, { kind, seconds: document.seconds, why })));
  }
  await Promise.all(telling);
  return document;
}

export const tellWaiting = (told: Told, missing: readonly string[]): Promise<void> =>
  told.at.notify(newsOf(told, { kind: "waiting", seconds: null, why: missing }));

function endOf(status: ReleaseDocument["status"]): NewsKind | null {
  switch (status) {
    case "verified":
    case "halted":
      return status;
    case "rolled-back":
      return "thrown-back";
    case "refused":
    case "awaiting-approval":
    case "superseded":
    case "interrupted":
      return null;
  }
}
