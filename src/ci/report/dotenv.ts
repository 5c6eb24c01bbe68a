import { type CiDocument, statusOf } from "./outcome.ts";

/** Variables for later jobs (GitLab's `reports: dotenv`). Of Sampan's own words only: nothing that others chose is in it. */
export function dotenvOf(document: CiDocument): string {
  const { decision, releases, affected } = document;
  const values = {
    SAMPAN_DECISION: decision?.kind ?? "refused",
    SAMPAN_ENVIRONMENTS: decision?.environments.join(" ") ?? "",
    SAMPAN_STATUS: statusOf(document),
    SAMPAN_RELEASE: releases.at(-1)?.release ?? "",
    SAMPAN_AFFECTED: affected.map(({ name }) => name).join(" "),
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
