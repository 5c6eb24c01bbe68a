import type { Call } from "./call.ts";

export const namesIn = (given: unknown): readonly string[] | null =>
  Array.isArray(given) && given.length > 0 ? given.map(String) : null;

/** The services named on the command line; null: all. */
export const servicesOf = (call: Call): readonly string[] | null => namesIn(call.args[1]);
