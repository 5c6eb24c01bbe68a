import type { ReadVariables } from "./read-variables.ts";
import type { Left } from "./variable.ts";

/**
 * What stands in files that all services of an environment share, and none of them declares: nobody is handed it. Where one of them could not be read, nothing is
 * known to be so. Pure.
 */
export function forNobody(all: readonly ReadVariables[]): readonly Left[] {
  const lefts = all.map((read) => (read.kind === "variables" ? read.variables.left : []));
  const [first = [], ...others] = lefts;
  return first.filter(({ name }) => others.every((left) => left.some((one) => one.name === name)));
}
