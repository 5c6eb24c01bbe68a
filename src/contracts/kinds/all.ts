import type { Kind } from "./kind.ts";
import { LIMIT_KINDS } from "./limits.ts";
import { OPERATION_KINDS } from "./operations.ts";
import { SCHEMA_KINDS } from "./schemas.ts";

/** Every kind of change that is told, in the order of the reference. */
export const KINDS: readonly Kind[] = [...OPERATION_KINDS, ...SCHEMA_KINDS, ...LIMIT_KINDS];

const byName: ReadonlyMap<string, Kind> = new Map(KINDS.map((kind) => [kind.name, kind]));

export function kindOf(name: string): Kind {
  const kind = byName.get(name);
  if (kind === undefined) throw new Error(`there is no kind of change ${name}`);
  return kind;
}

export const isKind = (name: string): boolean => byName.has(name);
