import { Refused } from "../problem.ts";

/**
 * `Promise.all`, but for failures: it waits for all, and throws what failed first in the list, whichever was quicker. Where several
 * refused, their problems are told at once.
 */
export async function sideBySide<T extends readonly unknown[] | []>(
  all: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const ends = await Promise.allSettled(all);
  const failures = [...new Set(ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : [])))];
  const [first] = failures;
  if (failures.length === 0) return await Promise.all(all);
  if (!(first instanceof Refused)) throw first;
  const refusals = failures.filter((one) => one instanceof Refused && one.exit === first.exit) as readonly Refused[];
  throw refusals.length === 1
    ? first
    : new Refused(
        refusals.flatMap(({ problems }) => problems),
        first.exit,
      );
}
