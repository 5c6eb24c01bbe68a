import type { Artifact } from "../artifacts/artifact.ts";
import type { Environment } from "../fleet/fleet.ts";
import { type Problem, problem } from "../problem.ts";
import type { Facts } from "./prepare.ts";
import type { Workplace } from "./workplace.ts";

type Built = Readonly<{
  at: Workplace;
  environment: Environment;
  facts: Facts;
  built: Readonly<Record<string, Artifact>> | null;
}>;

/** What comes out of a build may hold what the build put in. */
export async function leakedInto({ at, environment, facts, built }: Built): Promise<readonly Problem[]> {
  const kind = at.artifacts(environment);
  const found = await Promise.all(
    Object.values(built ?? {})
      .filter(({ service }) => facts.changing.includes(service))
      .map(async (artifact) => {
        const { service, source } = artifact;
        const own = facts.configuration.services.get(service)?.all.variables ?? [];
        const values = Object.fromEntries(own.filter(({ secret }) => secret).map(({ name, value }) => [name, value]));
        const leaks = await kind.leaks({ artifact, values, signal: at.signal });
        return leaks.map(({ file, line, name }) => ({
          ...problem(
            `secret-in-${kind.kind}`,
            `the ${kind.kind} of ${service} holds the value of ${name} of ${environment.name}`,
            `take it out of the build, then remove ${source}`,
          ),
          file,
          line,
        }));
      }),
  );
  return found.flat();
}
