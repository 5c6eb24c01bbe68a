import { awaitedBy } from "../fleet/init/compose-facts.ts";
import type { ComposeProject } from "./project.ts";
import { table } from "./values.ts";

export type Jobs = Readonly<{
  /** What cannot be done as it is meant, with the way out. */
  problems: readonly (readonly [message: string, hint: string])[];
  /** By Compose's name of who waits: the jobs of somebody else's images that it waits for. */
  once: ReadonlyMap<string, readonly string[]>;
}>;

/**
 * Services whose end others wait for. What is around the fleet runs when it has not run yet: right for a bucket that has to be there, wrong
 * for what the repository builds anew with each commit. Pure.
 */
export function jobsIn(project: ComposeProject, ours: ReadonlyMap<string, string>): Jobs {
  const problems: (readonly [string, string])[] = [];
  const once = new Map<string, string[]>();
  const waiting = new Map<string, string[]>();
  for (const [name, service] of Object.entries(project.services)) {
    for (const job of awaitedBy(service)) waiting.set(job, [...(waiting.get(job) ?? []), name]);
  }
  for (const [job, by] of waiting) {
    const service = project.services[job] ?? {};
    const own = ours.get(job);
    const whom = `${by.join(", ")} ${by.length === 1 ? "waits" : "wait"} until it has ended`;
    if (own !== undefined) {
      problems.push([
        `${own} is a job: ${whom}, and what the fleet file names runs on`,
        `take ${own} out of the fleet file, and let a service run it with each release: migrations: { command: […] }`,
      ]);
    } else if (service.build !== undefined && table(service["x-sampan"]).once !== true) {
      problems.push([
        `${job} is a job that this repository builds: ${whom}, and Compose would run it once, not with each release`,
        `let a service run it, migrations: { command: […] }, and take it out of the compose file; or where once is enough, say on it x-sampan: { once: true }`,
      ]);
    } else for (const one of by) once.set(one, [...(once.get(one) ?? []), job]);
  }
  return { problems, once };
}
