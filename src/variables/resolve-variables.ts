import type { ReferenceCommand } from "../fleet/fleet.ts";
import type { Problem } from "../problem.ts";
import { referenceIn } from "./reference.ts";
import type { ResolveReference } from "./resolve-reference.ts";
import { describeSource, type Variable } from "./variable.ts";

/** `hidden`: it stands in an encrypted file or among the CI's secrets, and is not shown, although a command is given it. */
export type Written = Readonly<{ variable: Variable; hidden: boolean }>;

/**
 * Variables with the values that their references stand for; each resolved one is a secret, whatever it is called. `resolve` null: nothing is asked
 * for, and they have no value.
 */
export async function resolveVariables(
  variables: readonly Written[],
  commands: readonly ReferenceCommand[],
  resolve: ResolveReference | null,
): Promise<Readonly<{ variables: readonly Variable[]; problems: readonly Problem[] }>> {
  const found = await Promise.all(variables.map((variable) => resolved(variable, commands, resolve)));
  return { variables: found, problems: found.flatMap(({ reference }) => reference?.problem ?? []) };
}

async function resolved(
  { variable, hidden }: Written,
  commands: readonly ReferenceCommand[],
  resolve: ResolveReference | null,
): Promise<Variable> {
  const found = referenceIn(variable.value, commands);
  if (found === null) return variable;
  const text = hidden ? null : variable.value;
  const { command } = found.kind === "wrong" ? found : found.reference;
  const without = (problem: Problem | null): Variable => ({
    ...variable,
    value: "",
    secret: true,
    reference: { text, command, problem },
  });
  const unresolved = (why: string) => without(unresolvedProblem(variable, command, why));
  if (found.kind === "wrong") return unresolved(found.why);
  if (resolve === null) return without(null);
  const answer = await resolve(found.reference);
  if (answer.kind === "unresolved") return unresolved(`\`${command}\` ${answer.why}`);
  return { ...without(null), value: answer.value };
}

const unresolvedProblem = ({ name, source }: Variable, command: string, why: string): Problem => ({
  code: "unresolved-reference",
  file: source.kind === "process" ? null : source.file,
  line: source.kind === "file" ? source.line : null,
  column: null,
  message: `${name}${source.kind === "file" ? "" : ` (${describeSource(source)})`} could not be resolved: ${why}`,
  hint: `run it here yourself (${command.split(" ")[0]} must be signed in); Sampan shows nothing of what it says`,
});
