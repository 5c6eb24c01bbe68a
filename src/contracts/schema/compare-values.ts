import type { Finding } from "../compare/finding.ts";
import type { Compared, Tell, Views } from "./compare-views.ts";

/** Values that do not fit into a line. */
const SHOWN = 60;

export function compareValues({ old, next }: Views, tell: Tell): Compared {
  const findings: Finding[] = [];
  const at = { old: old.valuesAt, next: next.valuesAt };
  if (old.values === null && next.values !== null)
    findings.push(tell("enum-set", `only ${list([...next.values.keys()])} from now on`, { ...at, old: old.at }));
  else if (old.values !== null && next.values === null)
    findings.push(
      tell("enum-dropped", `any value, and not only ${list([...old.values.keys()])}`, { ...at, next: next.at }),
    );
  else if (old.values !== null && next.values !== null) {
    for (const [value, spot] of old.values) {
      if (!next.values.has(value))
        findings.push(tell("enum-value-removed", `${short(value)} is no value any more`, { ...at, old: spot }));
    }
    for (const [value, spot] of next.values) {
      if (!old.values.has(value))
        findings.push(tell("enum-value-added", `${short(value)} is a value now`, { ...at, next: spot }));
    }
  }
  for (const [value, spot] of old.known) {
    if (!next.known.has(value) && next.known.size > 0)
      findings.push(
        tell("extensible-value-removed", `${short(value)} is no value any more`, { old: spot, next: next.at }),
      );
  }
  if (old.default !== null && old.default.value !== next.default?.value) {
    const now = next.default === null ? "nothing" : short(next.default.value);
    findings.push(
      tell("default-changed", `${short(old.default.value)} was assumed, and ${now} is`, {
        old: old.default.at,
        next: next.default?.at ?? next.at,
      }),
    );
  } else if (old.default === null && next.default !== null) {
    findings.push(
      tell("default-set", `${short(next.default.value)} is assumed`, { old: old.at, next: next.default.at }),
    );
  }
  return { findings, children: [] };
}

const short = (value: string): string => (value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);

const list = (values: readonly string[]): string =>
  values.length > 5
    ? `${values.slice(0, 5).map(short).join(", ")} and ${values.length - 5} more`
    : values.map(short).join(", ");
