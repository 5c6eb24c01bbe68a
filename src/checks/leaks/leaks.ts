import { findShapes, type Shape } from "../../artifacts/leaks/secret-shapes.ts";
import type { Problem } from "../../problem.ts";
import { createSpotter, type SecretValue } from "../../variables/spot-secrets.ts";
import { worthFinding } from "../../variables/worth-finding.ts";
import type { CheckCache } from "../cache.ts";
import { type Found, judged } from "../check.ts";
import { placesIn } from "../code/read.ts";
import type { SourceFile } from "../sources.ts";

/** A value's name tells where it is from: `JWT_KEYS of user-auth in production`. */
export type KnownSecret = SecretValue;

/** Is there no secret in what a service is built from: neither a value of any environment nor anything that looks like one? */
export async function checkLeaks(
  of: Readonly<{
    service: string;
    artifact: string;
    files: readonly SourceFile[];
    left: number;
    values: ValueFinder;
    cache: CheckCache;
    signal: AbortSignal;
  }>,
): Promise<Found> {
  const values = of.files.flatMap(of.values.find);
  const shapes = await shapesOnce(of);
  const problems = [
    ...values,
    ...shapes.map(({ file, line, column, rule }) => ({
      code: "secret-shape",
      file,
      line,
      column,
      message: `This looks like a secret (${rule}), and would be built into ${of.service}`,
      hint: "Take it out and change it; for an invented one write // secretlint-disable-line behind it",
    })),
  ];
  const left = of.left === 0 ? "" : `, ${of.left} binary or larger than 2 MiB left out`;
  return judged(
    `${of.files.length} committed files searched for ${of.values.count} secret values and for known shapes${left}`,
    problems,
  );
}

export type ValueFinder = Readonly<{
  /** How many values are looked for. */
  count: number;
  find: (file: SourceFile) => readonly Problem[];
}>;

/** Looks at each file once, however many services are made of it. */
export function createValueFinder(secrets: readonly KnownSecret[]): ValueFinder {
  const spotter = createSpotter(secrets, worthFinding);
  const known = new Map<SourceFile, readonly Problem[]>();
  const look = ({ path, text }: SourceFile): readonly Problem[] => {
    const spans = spotter.find(text);
    if (spans.length === 0) return [];
    const place = placesIn(text);
    return spans.slice(0, 20).map((span) => ({
      code: "leaked-value",
      file: path,
      ...place(span.start),
      message: `The value of ${span.name} stands in a committed file`,
      hint: "Change the secret, and read it from the variable",
    }));
  };
  return {
    count: secrets.length,
    find: (file) => {
      const found = known.get(file) ?? look(file);
      known.set(file, found);
      return found;
    },
  };
}

/** The same tree looks the same again. */
async function shapesOnce(
  of: Readonly<{ artifact: string; files: readonly SourceFile[]; cache: CheckCache; signal: AbortSignal }>,
): Promise<readonly Shape[]> {
  const key = `shapes-1 ${of.artifact}`;
  if ((await of.cache.get(key)) !== null) return [];
  const shapes = await findShapes(of.files, of.signal);
  if (shapes.length === 0) await of.cache.put(key, "no known shape");
  return shapes;
}
