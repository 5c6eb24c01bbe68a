import type { Call } from "./call.ts";

/** The services named on the command line; null: all. */
export function servicesOf(call: Call): readonly string[] | null {
  const named = call.args[1];
  return Array.isArray(named) && named.length > 0 ? named.map(String) : null;
}
