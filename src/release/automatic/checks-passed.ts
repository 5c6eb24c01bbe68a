import { type Finding, failed, inconclusive, passed } from "../../gates/subject.ts";
import type { CheckRecord } from "../gatekeeping.ts";
import type { CheckedBy } from "./checked-by.ts";

/** What the release's checks of these kinds came to. What none of them looked at is not known. Pure. */
export function checksPassed({ kinds, none }: CheckedBy, checks: unknown): Finding {
  const all = Array.isArray(checks) ? (checks as readonly CheckRecord[]) : [];
  const own = all.filter(({ kind }) => kinds.includes(kind));
  const [first] = own;
  if (first === undefined) {
    if (all.length > 0 && none !== null) return passed(none);
    const asked = kinds.includes("ci") ? "the environment does not say `requires: [ci]`" : "a deployment looks at it";
    return inconclusive(`no check has looked at it: ${asked}`);
  }
  const line = ({ kind, service, evidence }: CheckRecord): string =>
    `${kind}${service === null ? "" : ` ${service}`}: ${evidence.split("\n")[0]?.slice(0, 200) ?? ""}`;
  const wrong = own.find(({ verdict }) => verdict === "failed");
  if (wrong !== undefined) return failed(line(wrong));
  const open = own.find(({ verdict }) => verdict === "inconclusive");
  if (open !== undefined) return inconclusive(line(open));
  if (own.length === 1) return passed(line(first));
  return passed(`${own.length} checks passed (${[...new Set(own.map(({ kind }) => kind))].join(", ")})`);
}
