import type { Problem } from "../problem.ts";
import { describePlace } from "../variables/place.ts";
import { describeSource } from "../variables/variable.ts";
import { type Found, failed, inconclusive, passed } from "./check.ts";
import { comparePlaces, type PlacesOrder, type Shared, type Unread } from "./shared-places.ts";

/** Does nothing of this environment point to a database, a queue or a storage of another one? */
export async function checkIsolation(of: PlacesOrder): Promise<Found> {
  const { own, others, pairs, shared, unread, resolved } = await comparePlaces(of);
  const meant = shared.filter(({ because }) => because !== null);
  const problems = sharedProblems(of.environment, shared);
  const looked = resolved === 0 ? "" : `, ${resolved} names looked up`;
  const evidence = [
    `${own.length} places of ${of.environment} compared with ${others.join(", ") || "no other environment"} (${pairs} pairs${looked})`,
    ...new Set(meant.map(({ mine, other, because }) => `${mine.variable.name} is shared with ${other}: ${because}`)),
  ].join("\n");
  if (problems.length > 0) return failed(evidence, problems);
  if (unread.length === 0) return passed(evidence);
  return inconclusive(evidence, notCompared(of.environment, unread));
}

/** What is shared and not declared, by the lines that name it: a shared file's line serves many services. */
export function sharedProblems(environment: string, shared: readonly Shared[]): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const one of shared) {
    const lines = JSON.stringify([one.mine, one.their].map(({ variable }) => [variable.name, variable.source]));
    if (one.because === null && !problems.has(lines)) problems.set(lines, sharedProblem(environment, one));
  }
  return [...problems.values()];
}

function sharedProblem(environment: string, { mine, their, other, how }: Shared): Problem {
  const { source } = mine.variable;
  return {
    code: "shared-place",
    file: source.kind === "process" ? null : source.file,
    line: source.kind === "file" ? source.line : null,
    column: null,
    message:
      `${mine.variable.name} of ${mine.service} in ${environment} (${describeSource(source)}) and ${their.variable.name} of ` +
      `${their.service} in ${other} (${describeSource(their.variable.source)}) name the same ${mine.place.holds}: ${describePlace(mine.place)}` +
      (how === null ? "" : ` (${how})`),
    hint: `Give ${environment} and ${other} a ${mine.place.holds} each; where it is meant, say why by \`shares\` of the environment`,
  };
}

function notCompared(environment: string, unread: readonly Unread[]): readonly Problem[] {
  const byMessage = new Map<string, Problem>();
  for (const one of unread) {
    for (const problem of one.problems) {
      const message = `${environment} could not be compared with ${one.environment}: ${problem.message}`;
      byMessage.set(message, { ...problem, message });
    }
  }
  return [...byMessage.values()];
}
