import { z } from "zod";
import { type Asked, PER_PAGE, type Question, type Status } from "./status.ts";

const checkRuns = z.looseObject({
  total_count: z.int(),
  check_runs: z.array(
    z.looseObject({
      name: z.string(),
      head_sha: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      details_url: z.string().nullish(),
    }),
  ),
});

const combined = z.looseObject({
  sha: z.string(),
  total_count: z.int(),
  statuses: z.array(z.looseObject({ context: z.string(), state: z.string(), target_url: z.string().nullish() })),
});

/** Check runs (Actions and other apps), and the commit statuses of what knows no checks. */
export const githubAsks = (question: Question, page: number): readonly Asked[] => {
  const commit = `/repos/${question.repository}/commits/${question.commit}`;
  const paged = `per_page=${PER_PAGE}&page=${page}`;
  return [
    {
      path: `${commit}/check-runs?filter=latest&${paged}`,
      read: (answer) => {
        const { success, data } = checkRuns.safeParse(answer);
        if (!success || data.check_runs.some(({ head_sha }) => head_sha !== question.commit)) return null;
        const statuses = data.check_runs.map(
          (one): Status => ({
            name: one.name,
            state: stateOfRun(one, question),
            page: one.details_url ?? null,
          }),
        );
        return { statuses, more: page * PER_PAGE < data.total_count };
      },
    },
    {
      path: `${commit}/status?${paged}`,
      read: (answer) => {
        const { success, data } = combined.safeParse(answer);
        if (!success || data.sha !== question.commit) return null;
        const statuses = data.statuses.map(
          ({ context, state, target_url = null }): Status => ({
            name: context,
            state: state === "success" ? "green" : state === "pending" ? "pending" : "red",
            page: target_url,
          }),
        );
        return { statuses, more: page * PER_PAGE < data.total_count };
      },
    },
  ];
};

type Run = z.output<typeof checkRuns>["check_runs"][number];

/**
 * What has not begun in this very run waits for this job, or is not needed by it. The same job of another run is a deployment that waits for its
 * turn, as this one does, and judges nothing. What else has not ended is waited for.
 */
function stateOfRun({ name, status, conclusion, details_url }: Run, { run, job }: Question): Status["state"] {
  if (status !== "completed") {
    const isOurs = run !== null && (details_url ?? "").includes(`/actions/runs/${run}/`);
    return (isOurs && status !== "in_progress") || (job !== null && isJob(name, job)) ? "silent" : "pending";
  }
  if (conclusion === "success") return "green";
  return conclusion === "neutral" || conclusion === "skipped" ? "silent" : "red";
}

/** A job without a name is called by its key; one of a matrix has its values behind it, one of a called workflow its caller's before it. */
const isJob = (name: string, job: string): boolean =>
  name === job || name.startsWith(`${job} (`) || name.endsWith(` / ${job}`);
