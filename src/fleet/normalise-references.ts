import { milliseconds } from "./duration.ts";
import type { ReferenceCommand } from "./fleet.ts";
import type { FleetFile } from "./schema.ts";

/** Longest beginnings first: `vault://` is more than `vault:`. Trusts the shape. */
export const references = (file: FleetFile["references"]): readonly ReferenceCommand[] =>
  Object.entries(file ?? {})
    .map(([prefix, given]) => {
      const { command, timeout } = Array.isArray(given) ? { command: given, timeout: undefined } : given;
      return { prefix, command, timeout: milliseconds(timeout ?? "30s") };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
