import { stripVTControlCharacters } from "node:util";
import { append, continues, type Entry } from "./group.ts";
import { criticalMessage } from "./judge-entry.ts";
import { levelAtStart } from "./level.ts";
import type { Rules } from "./rules.ts";
import { signatureOf } from "./signature.ts";

export type Signature = { readonly signature: string; count: number; readonly first: readonly string[] };

/** Different signatures that are told apart; more are only counted. */
const TOLD_APART = 500;
const LONGEST = 64 * 1024;

/** Reads the lines of one instance in constant memory: most of a flood costs one regular expression a line. */
export class Scan {
  readonly signatures = new Map<string, Signature>();
  lines = 0;
  /** Critical entries whose signatures were too many to tell apart. */
  beyond = 0;
  readonly #rules: Rules;
  #open: Entry | null = null;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  push(line: string): void {
    this.lines += 1;
    const text = clean(line);
    if (this.#open !== null) {
      if (continues(this.#open, text)) {
        append(this.#open, text);
        return;
      }
      this.flush();
    }
    // Only what may be critical is opened; what continues anything else continues nothing.
    if (this.#isSuspect(text)) this.#open = { head: text, more: [] };
  }

  #isSuspect(text: string): boolean {
    const { suspect, critical, threshold } = this.#rules;
    if (critical.some((pattern) => pattern.test(text))) return true;
    if (text.startsWith("{")) {
      const level = levelAtStart(text);
      if (level !== null) return level >= threshold;
    }
    return suspect.test(text);
  }

  /** What is open is whole: the log ended, or was silent for a while. */
  flush(): void {
    const entry = this.#open;
    if (entry === null) return;
    this.#open = null;
    const message = criticalMessage(entry, this.#rules);
    if (message === null) return;
    const signature = signatureOf(message);
    const known = this.signatures.get(signature);
    if (known !== undefined) known.count += 1;
    else if (this.signatures.size >= TOLD_APART) this.beyond += 1;
    else this.signatures.set(signature, { signature, count: 1, first: [entry.head.slice(0, 4096), ...entry.more] });
  }
}

function clean(line: string): string {
  const text = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  const bare = text.includes("\u001b") ? stripVTControlCharacters(text) : text;
  return bare.endsWith("\r") ? bare.slice(0, -1) : bare;
}
