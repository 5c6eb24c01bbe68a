import { type Problem, problem } from "../../problem.ts";
import { createSpotter, type SecretValue } from "../../variables/spot-secrets.ts";
import { worthFinding } from "../../variables/worth-finding.ts";
import type { Buildable } from "../source/source.ts";

/** Build arguments stand in an image's history: none may hold the secret of any environment. */
export function secretArguments(services: readonly Buildable[], secrets: readonly SecretValue[]): readonly Problem[] {
  const spotter = createSpotter(secrets, (form, value) => form === value || worthFinding(form, value));
  return services.flatMap(({ name, build }) =>
    Object.entries(build.image.args).flatMap(([argument, value]) => {
      const [span] = spotter.find(value);
      if (span === undefined) return [];
      return [
        problem(
          "secret-build-argument",
          `${name}: the build argument ${argument} holds the value of ${span.name}`,
          "everybody who has the image could read it: give the value to the running service instead, as a variable",
        ),
      ];
    }),
  );
}
