import { buildEnvironment } from "../artifacts/worktree/build-environment.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { ownNames } from "../variables/own-names.ts";
import type { Workplace } from "./workplace.ts";

/** The environment of builds, tests and migration tools: without the variables of environments (`withheld`), and without what Sampan itself needs. */
export const buildEnvironmentAt = (
  { processEnv, fleet }: Pick<Workplace, "processEnv"> & Readonly<{ fleet: Pick<Fleet, "ci" | "notify" | "store"> }>,
  withheld: ReadonlySet<string>,
): Readonly<Record<string, string>> => buildEnvironment(processEnv, new Set([...withheld, ...ownNames(fleet)]));
