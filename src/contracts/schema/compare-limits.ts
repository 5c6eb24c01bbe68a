import type { Finding } from "../compare/finding.ts";
import { type LimitName, LOWER, limitKind, UPPER } from "../kinds/limits.ts";
import type { Compared, Tell, Views } from "./compare-views.ts";
import { isTighter } from "./limits-of.ts";
import type { Limit } from "./view.ts";

export function compareLimits({ old, next }: Views, tell: Tell): Compared {
  const findings: Finding[] = [];
  for (const name of [...UPPER, ...LOWER]) {
    const before = old.limits.get(name) ?? null;
    const after = next.limits.get(name) ?? null;
    const effect = effectOf(name, before, after);
    if (effect !== null)
      findings.push(
        tell(limitKind(name, effect), `${name} was ${shown(before)}, and is ${shown(after)}`, {
          old: before?.at ?? old.at,
          next: after?.at ?? next.at,
        }),
      );
  }
  const [was, is] = [old.multipleOf?.value ?? null, next.multipleOf?.value ?? null];
  if (was !== is) {
    const kind =
      is === null || (was !== null && divides(is, was))
        ? "widened"
        : was === null || divides(was, is)
          ? "narrowed"
          : "changed";
    const says = `multipleOf was ${was ?? "not set"}, and is ${is ?? "not set"}`;
    findings.push(
      tell(`multiple-of-${kind}`, says, { old: old.multipleOf?.at ?? old.at, next: next.multipleOf?.at ?? next.at }),
    );
  }
  if ((old.unique === null) !== (next.unique === null)) {
    const kind = next.unique === null ? "unique-items-dropped" : "unique-items-set";
    findings.push(
      tell(kind, next.unique === null ? "items may be there twice now" : "no item may be there twice any more", {
        old: old.unique ?? old.at,
        next: next.unique ?? next.at,
      }),
    );
  }
  return { findings, children: [] };
}

function effectOf(name: LimitName, before: Limit | null, after: Limit | null): "narrowed" | "widened" | null {
  if (after === null) return before === null ? null : "widened";
  if (before === null || isTighter(name, after, before)) return "narrowed";
  return isTighter(name, before, after) ? "widened" : null;
}

const shown = (limit: Limit | null): string =>
  limit === null ? "not set" : `${limit.value}${limit.strict ? " (exclusive)" : ""}`;

/** Tenths and hundredths are not exact. */
function divides(small: number, large: number): boolean {
  const times = large / small;
  return Math.abs(times - Math.round(times)) < 1e-9;
}
