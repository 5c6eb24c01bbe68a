import { checkStore } from "./check-store.ts";
import { type Finding, findings } from "./issues.ts";
import { type FleetFile, fleetSchema, remainsSchema } from "./schema.ts";
import { suggester } from "./suggest.ts";
import { taintedBy, unavailable } from "./unavailable.ts";
import type { YamlPath, YamlTree } from "./yaml-tree.ts";

/** What of the file has the right shape, and what has not. `file` is null when nothing can be said about the rest. */
export type Shaped = Readonly<{ file: FleetFile | null; findings: readonly Finding[] }>;

/** Taking out what is wrong may make what held it wrong: a list of nothing, a map without a needed key. */
const ROUNDS = 6;

/**
 * Compares the file with the schema. What is wrong is taken out and the rest looked at again, so that the checks of names,
 * graphs and routes see what is right, and all problems are told at once.
 */
export function shape(tree: YamlTree): Shaped {
  const suggest = suggester();
  const told: Finding[] = [...unavailable(tree), ...checkStore(tree)];
  let value = without(tree.value, told.map(taintedBy));
  const parsed = fleetSchema.safeParse(value);
  if (parsed.success) return { file: parsed.data, findings: told };
  let wrong = findings(parsed.error.issues, value, suggest);
  told.push(...wrong);
  for (let round = 0; round < ROUNDS; round++) {
    const remove = wrong.map(({ path, code }) => (code === "missing-key" || round > 0 ? path.slice(0, -1) : path));
    value = without(
      value,
      remove.filter((path) => path.length > 0),
    );
    const remains = remainsSchema.safeParse(value);
    if (remains.success) {
      const { fleet = "", services = {}, environments = {} } = remains.data;
      return { file: { ...remains.data, fleet, services, environments }, findings: told };
    }
    // Only consequences of what was taken out: not worth telling.
    wrong = findings(remains.error.issues, value, suggest);
  }
  return { file: null, findings: told };
}

type Removal = Map<string | number, Removal | "gone">;

/** A copy without what is at these paths. Linear in the size of both. */
function without(value: unknown, paths: readonly YamlPath[]): unknown {
  if (paths.length === 0) return value;
  const removal: Removal = new Map();
  for (const path of paths) {
    let at = removal;
    for (const [depth, part] of path.entries()) {
      const next = at.get(part);
      if (next === "gone") break;
      if (depth === path.length - 1) at.set(part, "gone");
      else if (next !== undefined) at = next;
      else {
        const inner: Removal = new Map();
        at.set(part, inner);
        at = inner;
      }
    }
  }
  return copy(value, removal);
}

function copy(value: unknown, removal: Removal): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keep = <K extends string | number>(entries: Iterable<[K, unknown]>): [K, unknown][] =>
    [...entries].flatMap(([key, inner]): [K, unknown][] => {
      const gone = removal.get(key);
      if (gone === "gone") return [];
      return [[key, gone === undefined ? inner : copy(inner, gone)]];
    });
  if (Array.isArray(value)) return keep(value.entries()).map(([, inner]) => inner);
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of keep(Object.entries(value))) result[key] = inner;
  return result;
}
