/** `1m30s`, `500ms`, `1h2m` as Compose writes durations, in milliseconds; null for what is none. */
export function composeDuration(text: unknown): number | null {
  if (typeof text !== "string" || !/^(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g)) {
    sum += Number(count) * (UNITS[unit] ?? 0);
  }
  return sum;
}

const UNITS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

export const nanoseconds = (text: unknown): number => Math.round((composeDuration(text) ?? 0) * 1_000_000);

/** Bytes: Compose prints them as a number, or as one in quotes. */
export const bytes = (value: unknown): number => Number(value ?? 0);

export type Table = Readonly<Record<string, unknown>>;

export const table = (value: unknown): Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};

export const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

export const texts = (value: unknown): readonly string[] => list(value).map(String);
