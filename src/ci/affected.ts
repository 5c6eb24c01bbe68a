/** A service that a change reaches. */
export type Affected = Readonly<{
  name: string;
  /** `changed`: what its artifact is made of is another; `needs`: it needs, directly or not, one that has changed. */
  because: "changed" | "needs";
}>;

/** What each artifact is made of, by service, as a hash. */
export type Made = Readonly<Record<string, Readonly<{ artifact: string }>>>;

/**
 * Pure. By what artifacts are made of, so that a shared package reaches its users and a document nobody. `before` null: there is nothing to compare
 * with, and everything counts as changed.
 */
export function affectedBy(
  services: readonly Readonly<{ name: string; needs: readonly string[] }>[],
  { before, after }: Readonly<{ before: Made | null; after: Made }>,
): readonly Affected[] {
  const changed = new Set(
    services.flatMap(({ name }) =>
      before?.[name]?.artifact === after[name]?.artifact && before !== null ? [] : [name],
    ),
  );
  const users = new Map<string, string[]>();
  for (const { name, needs } of services) for (const need of needs) users.set(need, [...(users.get(need) ?? []), name]);
  const reached = new Set(changed);
  const queue = [...changed];
  for (let at = 0; at < queue.length; at += 1) {
    for (const user of users.get(queue[at] ?? "") ?? []) {
      if (reached.has(user)) continue;
      reached.add(user);
      queue.push(user);
    }
  }
  return services.flatMap(({ name }): readonly Affected[] =>
    reached.has(name) ? [{ name, because: changed.has(name) ? "changed" : "needs" }] : [],
  );
}
