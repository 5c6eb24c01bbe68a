import { dirname, join } from "node:path";
import type { Fleet } from "../../fleet/fleet.ts";
import { createFile } from "../../io/create-file.ts";
import { readTextIfThere } from "../../io/files.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { problem, Refused } from "../../problem.ts";
import { ownNames } from "../../variables/own-names.ts";
import { actionsWorkflow } from "./actions.ts";
import { gitlabJobs } from "./gitlab.ts";
import type { JobOf } from "./workflow.ts";

export const PROVIDERS = ["github", "gitlab", "gitea"] as const;

export type WrittenWorkflow = Readonly<{
  /** Absolute. */
  written: string;
  /** What is left to do by hand, one line each. */
  undecided: readonly string[];
}>;

/**
 * Writes the workflow of a provider's CI for this fleet.
 * @throws Refused where there is one already, or no push reaches any environment.
 */
export async function writeWorkflow(
  fleet: Pick<Fleet, "root" | "environments" | "ci" | "notify" | "store">,
  { provider, version }: Readonly<{ provider: (typeof PROVIDERS)[number]; version: string }>,
): Promise<WrittenWorkflow> {
  const { root, environments } = fleet;
  const all = Object.values(environments);
  const reached = all.filter(({ branch, tag }) => branch !== null || tag !== null);
  if (reached.length === 0) {
    const hint = "say which branch or tag each is deployed from: branch: main";
    throw new Refused([problem("no-branches", "no environment of the fleet names a branch or a tag", hint)]);
  }
  const jobs = reached.map(
    ({ name, branch, tag, after, variables, requires }): JobOf => ({
      ...{ name, branch, tag, after },
      encrypted: variables.some((file) => file.endsWith(".age")),
      asks: requires.includes("ci"),
    }),
  );
  const order = { jobs, version, secrets: [...new Set(ownNames(fleet))] };
  const { file, note } = await placeOf(provider, root);
  const text = provider === "gitlab" ? gitlabJobs(order) : actionsWorkflow(provider, order);
  const written = join(root, file);
  makeFolder(dirname(written), 0o755);
  if (!(await createFile(written, text))) {
    const hint = "change it, or move it away first";
    throw new Refused([{ ...problem("workflow-exists", "there is a workflow already", hint), file: written }]);
  }
  const left = all
    .filter((one) => !reached.includes(one))
    .map(({ name }) => `${name} names neither branch nor tag: no push deploys to it`);
  return { written, undecided: [...left, ...(note === null ? [] : [note])] };
}

/** GitLab reads one file; where that is there, ours is included from it. */
async function placeOf(
  provider: (typeof PROVIDERS)[number],
  root: string,
): Promise<Readonly<{ file: string; note: string | null }>> {
  if (provider !== "gitlab") return { file: `.${provider}/workflows/sampan.yaml`, note: null };
  if ((await readTextIfThere(join(root, ".gitlab-ci.yml"))) === null) return { file: ".gitlab-ci.yml", note: null };
  const file = ".gitlab/sampan.gitlab-ci.yml";
  return { file, note: `add to .gitlab-ci.yml: include: [{ local: ${file} }]` };
}
