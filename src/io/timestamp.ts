/** ISO 8601 in UTC, to the second: `2026-11-23T14:17:02Z`. */
export const isoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
