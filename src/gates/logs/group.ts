/** One thing that was logged: its first line and what continues it (a stack trace, an indented dump). */
export type Entry = { head: string; more: string[] };

/** Kept of an entry's continuation; the rest only belongs to it. */
const KEPT_LINES = 30;
const KEPT_TEXT = 1024;

const CONTINUES = /^(?:\s+\S|Caused by: |\.\.\. \d+ more|\}|\]|Node\.js v\d)/;
const TRACEBACK = /^(?:.*\s)?Traceback \(most recent call last\):/;
const GO = /^(?:panic: |fatal error: )/;
const GO_CONTINUES = /^(?:$|goroutine \d+ \[|\[signal |created by |exit status \d|[\w./*()-]+\(.*\)$|\t)/;

/** Does `line` belong to what `entry` began? */
export function continues(entry: Entry, line: string): boolean {
  if (line === "") return GO.test(entry.head);
  if (CONTINUES.test(line)) return true;
  if (GO.test(entry.head)) return GO_CONTINUES.test(line);
  // A Python trace ends with the one line that says what happened, and that line is not indented.
  if (TRACEBACK.test(entry.head) && entry.more.length > 0)
    return entry.more.at(-1)?.startsWith(" ") === true && !line.startsWith("{");
  return false;
}

export function append(entry: Entry, line: string): void {
  if (entry.more.length < KEPT_LINES) entry.more.push(line.slice(0, KEPT_TEXT));
  // The end of a Python trace is what counts of it.
  else if (!/^\s/.test(line)) entry.more[KEPT_LINES - 1] = line.slice(0, KEPT_TEXT);
}

export const isPythonTrace = (entry: Entry): boolean => TRACEBACK.test(entry.head);
