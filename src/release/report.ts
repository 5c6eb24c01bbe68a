import { tryGit } from "../artifacts/git/git.ts";
import type { ReleaseRecord } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import type { ReportedRelease } from "../report/figures.ts";
import type { Workplace } from "./workplace.ts";

/** More than a team makes in years; older ones are left out. */
const LOOKED_AT = 5000;
/** Commits of one release that its lead time is told from. */
const COMMITS = 1000;

/**
 * The releases of an environment, oldest first; those that ended at `since` or later with the times of the commits that each brought, as far as this
 * clone knows them: git is asked about each.
 */
export async function reportedReleases(
  at: Pick<Workplace, "fleet" | "store" | "signal">,
  environment: Pick<Environment, "name">,
  since: number,
): Promise<readonly ReportedRelease[]> {
  const releases = (await (await at.store()).releases(environment.name, LOOKED_AT)).toReversed();
  const reported: ReportedRelease[] = [];
  let before: string | null = null;
  for (const release of releases) {
    const brings = release.kind !== "rollback" && release.status === "verified" && release.commit !== null;
    const isAsked = brings && release.endedAt !== null && release.endedAt >= since;
    const commits = isAsked ? await timesOf(at, before, release.commit) : [];
    if (brings) before = release.commit;
    reported.push({ ...shortOf(release), commits });
  }
  return reported;
}

const shortOf = ({ id, kind, status, by, commit, createdAt, endedAt, plan, evidence }: ReleaseRecord) => ({
  ...{ id, kind, status, by, commit, createdAt, endedAt },
  services: plan.services.filter(({ change }) => change !== "none").map(({ name }) => name),
  breakGlass: typeof evidence.breakGlass === "string" ? evidence.breakGlass : null,
});

/** Of a first release, its own commit alone: what came before it was brought by nobody. Merges make nothing. */
async function timesOf(
  at: Pick<Workplace, "fleet" | "signal">,
  before: string | null,
  commit: string | null,
): Promise<readonly number[]> {
  if (commit === null || before === commit) return [];
  const range =
    before === null ? ["--max-count=1", commit] : ["--no-merges", `--max-count=${COMMITS}`, `${before}..${commit}`];
  const ran = await tryGit(
    { folder: at.fleet.root, signal: at.signal },
    { args: ["log", "--format=%ct", ...range, "--"] },
  );
  if (ran.exitCode !== 0) return [];
  return ran.stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => (/^\d+$/.test(line) ? [Number(line) * 1000] : []));
}
