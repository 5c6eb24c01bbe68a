/** Milliseconds since the epoch as ISO 8601 in UTC, to the millisecond. */
export const isoTime = (at: number): string => new Date(at).toISOString();
