import type { Environment } from "../fleet/fleet.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { MISSPELT, type Recipients, readRecipients } from "./read-recipients.ts";
import { flawOf, parseRecipients, type Recipient, withoutRecipient, withRecipient } from "./recipients.ts";
import { isRecipient } from "./seal.ts";
import { writeFile } from "./write-file.ts";

export type RecipientsWish = Readonly<{
  add: readonly string[];
  /** Keys, or names as their comments say them. */
  remove: readonly string[];
  /** Whose the added one is. */
  name: string | null;
}>;

export type RecipientsChanged = Recipients &
  Readonly<{ added: readonly string[]; removed: readonly Pick<Recipient, "key" | "name">[] }>;

/**
 * Adds and removes who may read an environment's encrypted files. The files themselves stay as they are until they are rotated or edited.
 * @throws Refused with all that is wrong with the wish; nothing is written then.
 */
export async function changeRecipients(
  root: string,
  environment: Environment,
  wish: RecipientsWish,
): Promise<RecipientsChanged> {
  const before = await readRecipients(root, environment);
  const problems: Problem[] = [];
  const removed: Recipient[] = [];
  for (const one of wish.remove) {
    const meant = before.recipients.filter(({ key, name }) => key === one || name === one);
    const [found, second] = meant;
    if (found === undefined || second !== undefined) problems.push(notOne(before, one, second !== undefined));
    else if (!removed.includes(found)) removed.push(found);
  }
  const added: string[] = [];
  for (const key of wish.add.map((text) => text.trim())) {
    const wrong = flawOf(key) ?? ((await isRecipient(key)) ? null : MISSPELT);
    if (wrong !== null) problems.push(problem(wrong.code, `--add: ${wrong.message}`, wrong.hint));
    else if (!added.includes(key) && !before.recipients.some((known) => known.key === key)) added.push(key);
  }
  if (wish.name !== null && (added.length > 1 || wish.add.length === 0)) {
    problems.push(problem("usage", "--name says whose one added key is", "add them one by one"));
  }
  if (wish.name !== null && !/^[^#\p{Cc}\p{Zl}\p{Zp}][^\p{Cc}\p{Zl}\p{Zp}]{0,99}$/u.test(wish.name)) {
    problems.push(problem("usage", "--name is one line of at most 100 characters, and does not begin with #"));
  }
  if (removed.length > 0 && removed.length === before.recipients.length && added.length === 0) {
    const message = `nobody could read the encrypted files of ${environment.name} any more`;
    problems.push(problem("no-recipients", message, "add somebody in the same breath: --add age1…"));
  }
  if (problems.length > 0) throw new Refused(problems);
  let text = before.text ?? "";
  // From the end: the lines above keep their numbers.
  for (const one of removed.toSorted((a, b) => b.line - a.line)) text = withoutRecipient(text, one);
  if (text.trim() === "") text = `${HEADER}\n`;
  for (const key of added) text = withRecipient(text, { key, name: wish.name });
  if (added.length + removed.length > 0) writeFile({ root, file: before.file }, text);
  const { recipients } = parseRecipients({ file: before.file, text });
  return { ...before, text, recipients, added, removed: removed.map(({ key, name }) => ({ key, name })) };
}

const HEADER = "# Who may read the encrypted files. After a change: sampan secrets rotate\n";

const notOne = ({ file, recipients }: Recipients, wanted: string, several: boolean): Problem => {
  // A secret key that was pasted here by mistake is not repeated.
  const shown = /AGE-SECRET-KEY-/i.test(wanted) ? "that" : JSON.stringify(wanted.slice(0, 100));
  return problem(
    several ? "several-recipients" : "unknown-recipient",
    several ? `${shown} is the name of several recipients in ${file}` : `${file} has no recipient ${shown}`,
    several ? "give the key: age1…" : recipients.length === 0 ? "it names nobody" : `see \`sampan secrets recipients\``,
  );
};
