/** Milliseconds since the epoch as ISO 8601 in UTC, to the millisecond. */
export const isoTime = (at: number): string => new Date(at).toISOString();

/** The same to the second: `2026-11-23T14:17:02Z`. */
export const isoSeconds = (at: number): string => `${isoTime(at).slice(0, 19)}Z`;
