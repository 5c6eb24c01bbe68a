import type { DotenvEntry } from "../variables/dotenv.ts";

/** Names of variables, never values. */
export type NamesChanged = Readonly<{
  added: readonly string[];
  changed: readonly string[];
  removed: readonly string[];
}>;

export function namesChanged(before: readonly DotenvEntry[], after: readonly DotenvEntry[]): NamesChanged {
  const old = new Map(before.map(({ name, value }) => [name, value]));
  const now = new Map(after.map(({ name, value }) => [name, value]));
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    changed: [...now]
      .filter(([name, value]) => old.has(name) && old.get(name) !== value)
      .map(([name]) => name)
      .sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
  };
}
