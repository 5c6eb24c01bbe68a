import { z } from "zod";
import { type Asked, PER_PAGE, type Question, type Status } from "./status.ts";

const commitStatuses = z.array(
  z.looseObject({
    id: z.int(),
    sha: z.string(),
    status: z.string(),
    name: z.string(),
    allow_failure: z.boolean().nullish(),
    target_url: z.string().nullish(),
  }),
);

/** The statuses of a commit: the jobs of all its pipelines, the last try of each, and what others say of it. */
export const gitlabAsks = (question: Question, page: number): readonly Asked[] => [
  {
    path: `/projects/${encodeURIComponent(question.repository)}/repository/commits/${question.commit}/statuses?per_page=${PER_PAGE}&page=${page}`,
    read: (answer) => {
      const { success, data } = commitStatuses.safeParse(answer);
      if (!success || data.some(({ sha }) => sha !== question.commit)) return null;
      const statuses = data.map(
        ({ id, status, name, allow_failure, target_url = null }): Status => ({
          name,
          state: String(id) === question.job ? "silent" : stateOf(status, allow_failure === true),
          page: target_url,
        }),
      );
      return { statuses, more: data.length === PER_PAGE };
    },
  },
];

function stateOf(status: string, mayFail: boolean): Status["state"] {
  switch (status) {
    case "success":
      return "green";
    // Jobs of later stages, and those that a person has to begin.
    case "created":
    case "manual":
    case "scheduled":
    case "skipped":
      return "silent";
    case "pending":
    case "running":
    case "preparing":
    case "waiting_for_resource":
    case "waiting_for_callback":
      return "pending";
    default:
      return mayFail ? "silent" : "red";
  }
}
