import type { Problem } from "../problem.ts";

export type DotenvEntry = Readonly<{
  name: string;
  value: string;
  line: number;
  column: number;
  /** Comments on the line above and behind the value, without their `#`. */
  comments: readonly string[];
}>;

export type Dotenv = Readonly<{ entries: readonly DotenvEntry[]; problems: readonly Problem[] }>;

/** Bytes of one NAME=value with its closing NUL; Linux starts no process with a longer one. */
const LONGEST = 128 * 1024;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The values that `node --env-file` reads, with positions, and refused where Node would silently cut or drop something.
 * A problem never quotes the line: a broken line of a secrets file may be the middle of a key.
 */
export function parseDotenv(source: Readonly<{ file: string; text: string }>): Dotenv {
  const text = withUnixLines(source.text.startsWith("\uFEFF") ? source.text.slice(1) : source.text);
  const entries: DotenvEntry[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  let above: string | null = null;
  let line = 0;
  let start = 0;
  while (start < text.length) {
    line += 1;
    const end = endOfLine(text, start);
    const content = text.slice(start, end);
    const trimmed = content.trim();
    const column = content.length - content.trimStart().length + 1;
    const report = (code: string, message: string, hint: string, at = column) =>
      problems.push({ code, file: source.file, line, column: at, message, hint });
    if (trimmed === "" || trimmed.startsWith("#")) {
      above = trimmed === "" ? null : trimmed.replace(/^#+\s*/, "");
      start = end + 1;
      continue;
    }
    const equals = content.indexOf("=");
    if (equals === -1) {
      report("malformed-line", "This line is not NAME=value", "Write NAME=value, or put # before a comment");
      above = null;
      start = end + 1;
      continue;
    }
    const name = content
      .slice(0, equals)
      .trim()
      .replace(/^export\s+/, "");
    const read = readValue(text, start + equals + 1);
    const valueColumn = equals + 2;
    if (!read.ok) {
      report(read.code, `${NAME.test(name) ? name : "This line"}: ${read.message}`, read.hint, valueColumn);
    } else if (!NAME.test(name) || name === "__proto__") {
      report(
        "bad-variable-name",
        "What stands before = is not a variable's name",
        "Use letters, digits and _, not starting with a digit",
      );
    } else if (seen.has(name)) {
      report(
        "duplicate-variable",
        `${name} is already set on line ${seen.get(name)} of this file`,
        "Keep one of the two lines",
      );
    } else if (read.value.includes("\0")) {
      report(
        "bad-variable-value",
        `${name} holds a NUL byte, which no process can be given`,
        "Remove it, or encode the value",
      );
    } else if (Buffer.byteLength(read.value) + name.length + 2 > LONGEST) {
      report(
        "bad-variable-value",
        `${name} is longer than a process can be given`,
        "Put it into a file, and the file's path here",
      );
    } else {
      seen.set(name, line);
      const comments = [above, read.comment].filter((comment) => comment !== null);
      entries.push({ name, value: read.value, line, column, comments });
    }
    above = null;
    line += countLines(text.slice(start, read.next - 1));
    start = read.next;
  }
  return { entries, problems };
}

type Value = Readonly<
  | { ok: true; value: string; comment: string | null; next: number }
  | { ok: false; code: string; message: string; hint: string; next: number }
>;

/** `next` is where the line after the value starts. */
function readValue(text: string, after: number): Value {
  let start = after;
  while (text[start] === " " || text[start] === "\t") start += 1;
  const quote = text[start];
  if (quote === '"' || quote === "'" || quote === "`") return readQuoted(text, start, quote);
  const end = endOfLine(text, start);
  const raw = text.slice(after, end);
  if (raw.trim().startsWith("-----BEGIN")) {
    return {
      ok: false,
      code: "unquoted-lines",
      message: "a value of several lines needs quotes",
      hint: "Put the whole of it in single quotes",
      next: end + 1,
    };
  }
  const hash = raw.indexOf("#");
  if (hash === -1) return { ok: true, value: raw.trim(), comment: null, next: end + 1 };
  const before = raw[hash - 1];
  if (before !== " " && before !== "\t") {
    return {
      ok: false,
      code: "unquoted-hash",
      message: "# begins a comment here, so the value would be cut",
      hint: "Put the value in single quotes, or a space before a comment",
      next: end + 1,
    };
  }
  return { ok: true, value: raw.slice(0, hash).trim(), comment: raw.slice(hash).replace(/^#+\s*/, ""), next: end + 1 };
}

function readQuoted(text: string, start: number, quote: string): Value {
  const close = text.indexOf(quote, start + 1);
  if (close === -1) {
    return {
      ok: false,
      code: "unterminated-quote",
      message: `the value begins with ${quote} that is never closed`,
      hint: `Close it with ${quote}`,
      next: endOfLine(text, start) + 1,
    };
  }
  const end = endOfLine(text, close);
  const rest = text.slice(close + 1, end).trim();
  if (rest !== "" && !rest.startsWith("#")) {
    return {
      ok: false,
      code: "text-after-quote",
      message: `there is text behind the closing ${quote}, which would be lost`,
      hint: `A value that holds ${quote} goes into another kind of quotes: ' " or \``,
      next: end + 1,
    };
  }
  const inside = text.slice(start + 1, close);
  return {
    ok: true,
    value: quote === '"' ? inside.replaceAll("\\n", "\n") : inside,
    comment: rest === "" ? null : rest.replace(/^#+\s*/, ""),
    next: end + 1,
  };
}

/** A file wholly in CRLF was made so by an editor; in any other a CR inside quotes belongs to the value. */
const withUnixLines = (text: string): string => (/(^|[^\r])\n/.test(text) ? text : text.replaceAll("\r\n", "\n"));

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

const countLines = (text: string): number => text.split("\n").length - 1;
