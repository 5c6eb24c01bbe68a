import type { ArtifactsAt, BuildOrder } from "../artifacts/artifact-kind.ts";
import type { Repository } from "../artifacts/git/repository.ts";
import { knownSecrets } from "../checks/known-secrets.ts";
import type { Observed } from "../plan/observed.ts";
import { buildEnvironmentAt } from "./build-environment-at.ts";
import type { Workplace } from "./workplace.ts";

type Asked = Readonly<{
  services: readonly string[] | null;
  repository: ArtifactsAt["repository"];
  /** What the environment before says. */
  before: Observed | null;
}>;

/** Tests and builds at the same time: they are processes of their own, and there may be only two cores. */
export const AT_ONCE = 2;

export const artifactsAt = (at: Workplace, { services, repository, before }: Asked): ArtifactsAt => ({
  fleet: at.fleet,
  services,
  repository,
  state: at.state,
  signal: at.signal,
  verified:
    before === null
      ? null
      : Object.fromEntries(
          Object.entries(before.services).map(([name, { marks }]) => [name, marks.map(({ source }) => source)]),
        ),
});

/** `withheld`: names of variables, which no build sees. */
export const buildOrder = (
  at: Workplace,
  asked: Asked & Readonly<{ repository: Repository; withheld: ReadonlySet<string> }>,
): Omit<BuildOrder, "known" | "events"> => ({
  ...artifactsAt(at, asked),
  repository: asked.repository,
  env: buildEnvironmentAt(at, asked.withheld),
  secrets: async () => (await knownSecrets(at.fleet, await at.variables())).described,
  clock: at.clock,
  concurrency: AT_ONCE,
  log: at.log,
});
