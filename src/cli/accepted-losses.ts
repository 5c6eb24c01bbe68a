import type { Call } from "./call.ts";

/** The tables that --confirm-loss names. */
export function acceptedLosses(call: Call): readonly string[] {
  const named = call.options.confirmLoss;
  return Array.isArray(named) ? named.map(String) : [];
}
