import { type Entry, isPythonTrace } from "./group.ts";
import { levelIn, levelInText } from "./level.ts";
import type { Rules } from "./rules.ts";

/** Uncaught, in the words of Node, Python's threads, Java, .NET, Go and Rust. */
const UNCAUGHT =
  /UnhandledPromiseRejection|unhandled (?:promise )?rejection|uncaught ?(?:exception|error|:)|unhandled exception|^Exception in thread |^panic: |^fatal error: |panicked at |^FATAL ERROR: /i;
const ERROR_NAME = /(?:^|[\s.:([])[\w$]*(?:Error|Exception|Throwable)\b/;
const FRAME = /^\s+at \S/;
/** The second line of Node's deprecation and leak warnings is a stack too. */
const WARNING = /^\(node:\d+\) .*Warning|\bWarning:/;

/** What makes an entry critical: the message from which its signature is made; null when it is not critical. */
export function criticalMessage(entry: Entry, rules: Rules): string | null {
  if (rules.ignore.some((pattern) => pattern.test(entry.head))) return null;
  const object = jsonIn(entry.head);
  const byPattern = rules.critical.some(
    (pattern) => pattern.test(entry.head) || entry.more.some((line) => pattern.test(line)),
  );
  if (object !== null) {
    const level = levelIn(object);
    const message = messageIn(object) ?? entry.head;
    if (byPattern || (level !== null && level >= rules.threshold)) return message;
    return level === null && UNCAUGHT.test(message) ? message : null;
  }
  if (isPythonTrace(entry)) return entry.more.findLast((line) => /^\S/.test(line)) ?? entry.head;
  const trace =
    ERROR_NAME.test(entry.head) &&
    !FRAME.test(entry.head) &&
    entry.more.some((line) => FRAME.test(line)) &&
    !WARNING.test(entry.head);
  if (byPattern || trace || UNCAUGHT.test(entry.head)) return withoutPrefix(entry.head);
  const level = entry.head.startsWith("{") ? levelInCutJson(entry.head) : levelInText(entry.head);
  return level !== null && level >= rules.threshold ? withoutPrefix(entry.head) : null;
}

function jsonIn(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

/** A line that was cut, or is half, still shows its level when the logger writes it first. */
function levelInCutJson(line: string): number | null {
  const found = /"(?:level|severity|lvl|log\.level)"\s*:\s*"?(\w+)/.exec(line);
  return found === null ? null : levelIn({ level: found[1] });
}

/** `request failed | TypeError: x is undefined`: the same words about different errors are different news. */
function messageIn(object: Readonly<Record<string, unknown>>): string | null {
  const parts = [object.msg, object.message, errorIn(object.err) ?? errorIn(object.error) ?? errorIn(object.exception)];
  const words = parts.filter((part): part is string => typeof part === "string" && part !== "");
  return words.length === 0 ? firstLine(object.stack) : [...new Set(words)].join(" | ");
}

function errorIn(value: unknown): string | null {
  if (typeof value === "string") return firstLine(value);
  if (typeof value !== "object" || value === null) return null;
  const { type, name, message, stack } = value as Readonly<Record<string, unknown>>;
  const words = [type ?? name, message].filter((part): part is string => typeof part === "string" && part !== "");
  return words.length === 0 ? firstLine(stack) : words.join(": ");
}

const firstLine = (value: unknown): string | null =>
  typeof value === "string" ? (value.split("\n", 1)[0] ?? null) : null;

/** Without the time that plain loggers put first: `2024-01-01 12:00:00,123 ERROR x` is `ERROR x`. */
const withoutPrefix = (line: string): string => line.replace(/^[\s[(]*\d{2,4}[\d\-:.,TZ+/ ]*[\])]?\s*/, "");
