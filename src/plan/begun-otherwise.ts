import type { ServiceSpec } from "../fleet/fleet.ts";
import { sameData } from "./same-data.ts";

/** What of an instance's beginning is another in these two, in words: an instance begun otherwise is another thing, whatever its artifact. */
export function begunOtherwise(before: ServiceSpec, after: ServiceSpec): readonly string[] {
  const found: string[] = [];
  if (!same(before.start, after.start)) found.push("its start command");
  if (before.port !== after.port) found.push("its port");
  // Marks of processes may be older than containers.
  const [old, next] = [before.container ?? null, after.container ?? null];
  if (same(old, next)) return found;
  if (old === null || next === null) return [...found, next === null ? "no container any more" : "a container now"];
  return [
    ...found,
    ...differing(old.config, next.config),
    ...differing(old.hostConfig, next.hostConfig),
    ...differing({ ...old, config: null, hostConfig: null }, { ...next, config: null, hostConfig: null }),
  ];
}

type Named = Readonly<Record<string, unknown>>;

const differing = (a: Named, b: Named): readonly string[] =>
  Object.keys({ ...a, ...b }).filter((key) => !same(a[key], b[key]));

const same = (a: unknown, b: unknown): boolean => sameData(a ?? null, b ?? null);
