import { z } from "zod";
import { type Asked, PER_PAGE, type Question, type Status } from "./status.ts";

const combined = z.looseObject({
  sha: z.string(),
  total_count: z.int(),
  statuses: z
    .array(z.looseObject({ context: z.string(), status: z.string(), target_url: z.string().nullish() }))
    .nullable(),
});

/** The combined status of a commit. Actions report each job as `workflow / job (event)`. */
export const giteaAsks = (question: Question, page: number): readonly Asked[] => [
  {
    path: `/repos/${question.repository}/commits/${question.commit}/status?limit=${PER_PAGE}&page=${page}`,
    read: (answer) => {
      const { success, data } = combined.safeParse(answer);
      if (!success || (data.sha !== question.commit && data.sha !== "")) return null;
      const found = data.statuses ?? [];
      const statuses = found.map(
        ({ context, status, target_url = null }): Status => ({
          name: context,
          state: stateOf({ context, status }, question),
          page: target_url,
        }),
      );
      // A server may give fewer on a page than it was asked for.
      return { statuses, more: found.length > 0 && page * found.length < data.total_count };
    },
  },
];

/** The same job of another run is a deployment that waits for its turn, as this one does, and judges nothing. */
function stateOf(one: Readonly<{ context: string; status: string }>, { job, event }: Question): Status["state"] {
  const isOwn = job !== null && one.context.endsWith(` / ${job} (${event})`);
  switch (one.status) {
    case "success":
      return "green";
    case "warning":
    case "skipped":
      return "silent";
    case "pending":
      return isOwn ? "silent" : "pending";
    default:
      return "red";
  }
}
