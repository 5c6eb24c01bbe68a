import type { Problem } from "../problem.ts";

/** Somebody who may read: an age recipient, as `age -R` reads it. */
export type Recipient = Readonly<{
  key: string;
  /** The comment directly above it; null: nobody said whose it is. */
  name: string | null;
  line: number;
}>;

/** `age1…`, post-quantum `age1pq1…`, and those of hardware (`age1tag1…`, `age1tagpq1…`). */
const SHAPE = /^age1[a-z0-9]{1,4000}$/;

/** Lines of keys and `#` comments. A problem quotes no line that may be a secret key. */
export function parseRecipients(
  source: Readonly<{ file: string; text: string }>,
): Readonly<{ recipients: readonly Recipient[]; problems: readonly Problem[] }> {
  const recipients: Recipient[] = [];
  const problems: Problem[] = [];
  let above: string | null = null;
  for (const [index, written] of source.text.split(/\r?\n/).entries()) {
    const text = written.trim();
    const line = index + 1;
    if (text === "" || text.startsWith("#")) {
      above = text.replace(/^#+\s*/, "") || null;
      continue;
    }
    const wrong = flawOf(text);
    if (wrong !== null) problems.push({ ...wrong, file: source.file, line, column: 1 });
    else if (recipients.some(({ key }) => key === text)) {
      const message = "this recipient stands here twice";
      problems.push({ code: "duplicate-recipient", file: source.file, line, column: 1, message, hint: "Keep one" });
    } else recipients.push({ key: text, name: above, line });
    above = null;
  }
  return { recipients, problems };
}

/** What is wrong with a recipient by its looks; null: nothing. */
export function flawOf(text: string): Pick<Problem, "code" | "message" | "hint"> | null {
  if (SHAPE.test(text)) return null;
  if (/AGE-SECRET-KEY-/i.test(text)) {
    return {
      code: "secret-key-shown",
      message: "this is a secret key, and no recipient: who sees it can read what is encrypted to it",
      hint: "make a new one with age-keygen, and give the public key that it prints: age1…",
    };
  }
  if (/^(?:ssh-|ecdsa-|sk-)/.test(text)) {
    return {
      code: "ssh-recipient",
      message: "keys of SSH are no recipients here",
      hint: "age-keygen makes a key; give the public key that it prints: age1…",
    };
  }
  return {
    code: "bad-recipient",
    message: "this is no age recipient",
    hint: "it begins with age1; age-keygen prints it",
  };
}

/** The file's text with another recipient at its end. */
export function withRecipient(text: string, { key, name }: Pick<Recipient, "key" | "name">): string {
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `${before}${name === null ? "" : `# ${name}\n`}${key}\n`;
}

/** Without a recipient, and without the comment that says whose it was. */
export function withoutRecipient(text: string, { line, name }: Pick<Recipient, "line" | "name">): string {
  return text
    .split("\n")
    .filter((_, index) => index !== line - 1 && !(name !== null && index === line - 2))
    .join("\n");
}
