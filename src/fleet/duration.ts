const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export const DURATION = /^(?:0|[1-9][0-9]{0,7})(?:ms|s|m|h)$/;

/** Milliseconds of `250ms`, `10s`, `2m` or `1h`; NaN for anything else. */
export function milliseconds(text: string): number {
  if (!DURATION.test(text)) return Number.NaN;
  const unit = text.replace(/^[0-9]+/, "");
  return Number.parseInt(text, 10) * (UNITS[unit] ?? Number.NaN);
}
