import { buildEnvironment } from "../artifacts/worktree/build-environment.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Workplace } from "./workplace.ts";

/** The environment of builds, tests and migration tools: without the variables of environments (`withheld`), and without what Sampan itself needs. */
export const buildEnvironmentAt = (
  { processEnv, fleet }: Pick<Workplace, "processEnv"> & Readonly<{ fleet: Pick<Fleet, "ci" | "notify" | "store"> }>,
  withheld: ReadonlySet<string>,
): Readonly<Record<string, string>> => buildEnvironment(processEnv, new Set([...withheld, ...ownNames(fleet)]));

/** The variables that the fleet file names for Sampan alone: its store, who hears of releases, and the token of the CI. */
const ownNames = ({ ci, notify, store }: Pick<Fleet, "ci" | "notify" | "store">): readonly string[] => [
  ...(store?.kind === "variable" ? [store.name] : store?.kind === "postgres" ? ["PGPASSWORD"] : []),
  ...(ci?.token == null ? [] : [ci.token]),
  ...notify.map((channel) => (channel.kind === "slack" ? channel.url : channel.token)),
];
