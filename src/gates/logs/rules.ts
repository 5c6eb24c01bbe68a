import type { WatchedLogs } from "../../fleet/fleet.ts";
import { ERROR_LEVEL, levelOf } from "./level.ts";

export type Rules = Readonly<{
  /** Lines of at least this level are critical. */
  threshold: number;
  critical: readonly RegExp[];
  ignore: readonly RegExp[];
  /** A line that this does not match, and that continues nothing, cannot be critical by its level or form: the quick way through a flood. */
  suspect: RegExp;
}>;

const EXPRESSION = /^\s*level\s*(>=|>)\s*([A-Za-z0-9]+)\s*$/i;
const SUSPECT =
  'err|fatal|crit|severe|emerg|alert|panic|exception|traceback|unhandled|uncaught|rejection|throwable|"?(?:level|severity|lvl)"?\\s*[:=]\\s*"?(?:[5-9]\\d|\\d{3})';
const SUSPECT_LOWER = '|warn|notice|info|debug|trace|verbose|"?(?:level|severity|lvl)"?\\s*[:=]\\s*"?\\d';

/** Reads the patterns of the fleet file; a text in place of rules names the pattern that cannot be read. */
export function rulesOf(spec: WatchedLogs): Rules | string {
  const critical: RegExp[] = [];
  let threshold: number | null = null;
  for (const pattern of spec.critical) {
    const expression = EXPRESSION.exec(pattern);
    if (expression === null) {
      const read = regularExpression(pattern);
      if (read === null) return pattern;
      critical.push(read);
      continue;
    }
    const level = levelOf(expression[2]);
    if (level === null) return pattern;
    const least = expression[1] === ">" ? level + 1 : level;
    threshold = threshold === null ? least : Math.min(threshold, least);
  }
  const ignore: RegExp[] = [];
  for (const pattern of spec.ignore) {
    const read = regularExpression(pattern);
    if (read === null) return pattern;
    ignore.push(read);
  }
  threshold ??= ERROR_LEVEL;
  return {
    threshold,
    critical,
    ignore,
    suspect: new RegExp(threshold < ERROR_LEVEL ? SUSPECT + SUSPECT_LOWER : SUSPECT, "i"),
  };
}

function regularExpression(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern);
  } catch {
    return null;
  }
}
