import type { Environment } from "../fleet/fleet.ts";
import { Refused } from "../problem.ts";
import type { ComposeProject } from "./project.ts";
import { resolveCompose } from "./resolve.ts";

export type ComposeReader = (environment: Pick<Environment, "target">) => Promise<ComposeProject | null>;

/** Reads the compose files of each environment once, for the length of one command. Null: it runs processes. Throws Refused. */
export function composeReader(
  of: Readonly<{ root: string; env: Readonly<Record<string, string>>; signal: AbortSignal }>,
): ComposeReader {
  const read = new Map<string, Promise<ComposeProject>>();
  return async ({ target }) => {
    if (target.kind !== "compose") return null;
    const { files, project, profiles } = target;
    const key = JSON.stringify([files, project, profiles]);
    const known = read.get(key) ?? resolved({ ...of, files, project, profiles });
    read.set(key, known);
    return known;
  };
}

async function resolved(at: Parameters<typeof resolveCompose>[0]): Promise<ComposeProject> {
  const found = await resolveCompose(at);
  if ("problems" in found) throw new Refused(found.problems);
  return found.project;
}
