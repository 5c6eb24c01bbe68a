import type { SharedFleets } from "./fleet/shared-fleets.ts";

/** One number of bench/README.md, and its bound. */
export type Figure = Readonly<{
  what: string;
  value: number;
  unit: string;
  /** At most this much; null: told, not bounded. */
  bound: number | null;
}>;

export type Measured = Readonly<{
  bench: string;
  figures: readonly Figure[];
  /** What the figures were made from. */
  detail: unknown;
}>;

export type Options = Readonly<{
  /** Fewer rounds, to see that the measurement itself works. */
  quick: boolean;
  say: (line: string) => void;
  fleets: Omit<SharedFleets, "close">;
}>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** `what: 1.13 (at most 1.2: kept)`. */
export function figureText({ what, value, unit, bound }: Figure): string {
  const shown = `${what}: ${value}${unit === "" ? "" : ` ${unit}`}`;
  return bound === null ? shown : `${shown} (at most ${bound}: ${value <= bound ? "kept" : "NOT kept"})`;
}
