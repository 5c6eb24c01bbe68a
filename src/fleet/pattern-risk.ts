const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** More than one unbounded repetition in a row of text makes matching a long line slow; two are bearable, three are not. */
const MAX_UNBOUNDED = 2;
const MAX_REPEAT = 100;

/** `level>=error`: lines of that level or a worse one. */
export const isLevelPattern = (pattern: string): boolean => LEVELS.some((level) => pattern === `level>=${level}`);

/** Why a pattern of the logs gate cannot be used; null when it can. A hostile log line must not hold the gate up. */
export function patternProblem(pattern: string, levels: boolean): string | null {
  if (levels && isLevelPattern(pattern)) return null;
  if (/^level\s*[<>=]/.test(pattern)) {
    return levels
      ? `expected level>= and one of ${LEVELS.join(", ")}`
      : "a level cannot be ignored, only lines that match a pattern";
  }
  try {
    new RegExp(pattern);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 200) : "not a regular expression";
  }
  return risk(pattern);
}

type Group = { repeats: boolean; chooses: boolean };

/** Reads the expression once. Refused: what can take more than quadratic time. */
function risk(pattern: string): string | null {
  const groups: Group[] = [{ repeats: false, chooses: false }];
  let unbounded = 0;
  let closed: Group | null = null;
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const char = rest[0];
    const group = groups.at(-1) as Group;
    const quantifier = /^(?:[*+?]|\{(\d+)(,)?(\d*)\})\??/.exec(rest);
    if (quantifier !== null && at > 0) {
      const [text, least, comma, most] = quantifier;
      const endless = text[0] === "*" || text[0] === "+" || (comma !== undefined && most === "");
      const repeated = endless || (text[0] === "{" && Number(most || least) > 1);
      if (Number(least ?? 0) > MAX_REPEAT || Number(most || 0) > MAX_REPEAT)
        return `repeats more than ${MAX_REPEAT} times`;
      if (closed !== null && repeated && closed.repeats) return "a repetition inside a repetition can take forever";
      if (closed !== null && repeated && closed.chooses) return "a choice inside a repetition can take forever";
      if (endless && ++unbounded > MAX_UNBOUNDED)
        return "more than two of *, + and {n,} can take forever on a long line";
      if (repeated) group.repeats = true;
      else group.chooses = true;
      at += text.length - 1;
      closed = null;
      continue;
    }
    closed = null;
    if (char === "\\") {
      if (/^\\(?:[1-9]|k<)/.test(rest)) return "references to groups can take forever";
      at++;
    } else if (char === "[") {
      at += classLength(rest) - 1;
    } else if (char === "(") {
      groups.push({ repeats: false, chooses: false });
      at += (/^\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_$][\w$]*>|[a-z-]+:))?/.exec(rest)?.[0].length ?? 1) - 1;
    } else if (char === ")" && groups.length > 1) {
      closed = groups.pop() as Group;
      const around = groups.at(-1) as Group;
      around.repeats ||= closed.repeats;
      around.chooses ||= closed.chooses;
    } else if (char === "|") {
      group.chooses = true;
    }
  }
  return null;
}

function classLength(rest: string): number {
  let at = 1;
  while (at < rest.length && rest[at] !== "]") at += rest[at] === "\\" ? 2 : 1;
  return at + 1;
}
