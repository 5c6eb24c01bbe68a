import { readTextIfThere } from "../io/files.ts";
import { githubRun } from "./github-run.ts";
import { gitlabRun } from "./gitlab-run.ts";
import { jenkinsRun } from "./jenkins-run.ts";
import type { CiRun } from "./run.ts";
import { type Env, given } from "./words.ts";

/** The run that these variables speak of; null: no CI that Sampan knows. */
export async function readRun(env: Env): Promise<CiRun | null> {
  if (
    given(env, "GITHUB_ACTIONS") !== null ||
    given(env, "GITEA_ACTIONS") !== null ||
    given(env, "FORGEJO_ACTIONS") !== null
  ) {
    const file = given(env, "GITHUB_EVENT_PATH");
    return githubRun(env, file === null ? null : await readTextIfThere(file));
  }
  if (given(env, "GITLAB_CI") !== null) return gitlabRun(env);
  return given(env, "JENKINS_URL") === null ? null : jenkinsRun(env);
}
