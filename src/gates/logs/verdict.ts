import { type Finding, failed, inconclusive, passed } from "../subject.ts";
import type { Signature } from "./scan.ts";
import { signaturesOf, type Window } from "./window.ts";

const QUOTED = 5;

/** Signatures of the new instances that no instance of the verified revision logs. */
export function newsIn(windows: readonly Window[], baseline: readonly Window[]): readonly Signature[] {
  const known = new Set(baseline.flatMap((window) => signaturesOf(window).map(({ signature }) => signature)));
  const news = new Map<string, Signature>();
  for (const one of windows.flatMap(signaturesOf)) {
    if (known.has(one.signature)) continue;
    const same = news.get(one.signature);
    news.set(one.signature, same === undefined ? one : { ...same, count: same.count + one.count });
  }
  return [...news.values()];
}

/**
 * A new signature fails, unless the baseline could not be read: then nobody knows whether it is news. Without news, a log
 * that could not be read, or not to its end, is inconclusive; one that was read and is silent passes.
 */
export function logsVerdict(windows: readonly Window[], baseline: readonly Window[]): Finding {
  const news = newsIn(windows, baseline);
  const lines = windows.reduce((sum, { scan }) => sum + scan.lines, 0);
  const read = `${lines} lines of ${windows.length} instances`;
  const [first] = news;
  if (first !== undefined) {
    const quote = `"${(first.first[0] ?? "").slice(0, 300)}" (${first.count} times)`;
    const evidence =
      news.length === 1
        ? `a new error in ${read}: ${quote}`
        : `${news.length} new errors in ${read}, the first: ${quote}`;
    const detail = news.slice(0, QUOTED).flatMap((one) => [`${one.count} times: ${one.signature}`, ...one.first]);
    const unread = baseline.find((window) => faultOf(window) !== null);
    if (unread === undefined) return failed(evidence, detail);
    return inconclusive(
      `an error that may be new, but the log of the verified ${unread.handle.id} could not be compared (${faultOf(unread)}): ${quote}`,
      detail,
    );
  }
  if (windows.length === 0) return inconclusive("no instance whose log could be read");
  const unread = windows.find((window) => faultOf(window) !== null);
  if (unread !== undefined) return inconclusive(`the log of ${unread.handle.id}: ${faultOf(unread)}`);
  const beyond = windows.reduce((sum, { scan }) => sum + scan.beyond, 0);
  if (beyond > 0)
    return inconclusive(
      `too many different errors to compare with the verified revision's (${beyond} more) in ${read}`,
    );
  const known = new Set(windows.flatMap((window) => signaturesOf(window).map(({ signature }) => signature))).size;
  return passed(known === 0 ? `no errors in ${read}` : `nothing new in ${read}; ${known} known errors`);
}

function faultOf({ end, scan }: Window): string | null {
  if (end === null || end.kind === "enough") return "was not read to its end";
  if (end.kind === "unreadable") return `could not be read: ${end.why}`;
  if (end.kind === "cut") {
    return scan.lines === 0
      ? "could not be read: no line and no end came"
      : `its end was not reached after ${scan.lines} lines`;
  }
  return null;
}
