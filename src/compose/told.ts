import type { Json } from "../json.ts";

/** A part of what the engine is told; what is undefined is left out. */
export type Told = Readonly<{ [key: string]: Json }>;

export function told(parts: Readonly<Record<string, Json | undefined>>): Told {
  return Object.fromEntries(
    Object.entries(parts).filter((part): part is [string, Json] => part[1] !== undefined && part[1] !== null),
  );
}

export const same = (value: unknown): Json | undefined =>
  value === undefined || value === null ? undefined : (value as Json);

export const number = (value: unknown): number | undefined =>
  value === undefined || value === null ? undefined : Number(value);

/** Nothing where nothing is listed: an empty list is another thing than none. */
export const several = (value: unknown): readonly string[] | undefined =>
  value === undefined || value === null ? undefined : Array.isArray(value) ? value.map(String) : [String(value)];
