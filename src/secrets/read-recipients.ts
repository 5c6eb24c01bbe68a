import { join } from "node:path";
import type { Environment } from "../fleet/fleet.ts";
import { readTextIfThere } from "../io/files.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import { noneEncrypted } from "./chosen-file.ts";
import { parseRecipients, type Recipient } from "./recipients.ts";
import { isRecipient } from "./seal.ts";

export type Recipients = Readonly<{
  /** Relative to the root. */
  file: string;
  /** Null: the file does not exist. */
  text: string | null;
  recipients: readonly Recipient[];
}>;

/**
 * Who may read an environment's encrypted files.
 * @throws Refused with every line that is no recipient.
 */
export async function readRecipients(root: string, environment: Environment): Promise<Recipients> {
  const { recipients: file } = environment;
  if (file === null) throw new Refused([noneEncrypted(environment)]);
  let text: string | null;
  try {
    text = await readTextIfThere(join(root, file));
  } catch {
    throw new Refused([{ ...problem("unreadable-file", `${file} cannot be read`), file }]);
  }
  const { recipients, problems } = parseRecipients({ file, text: text ?? "" });
  const all = [...problems, ...(await misspelt(file, recipients))];
  if (all.length > 0) throw new Refused(all);
  return { file, text, recipients };
}

/** Keys that look like recipients and have a wrong check sum. */
async function misspelt(file: string, recipients: readonly Recipient[]): Promise<readonly Problem[]> {
  const good = await Promise.all(recipients.map(({ key }) => isRecipient(key)));
  return recipients
    .filter((_, index) => good[index] !== true)
    .map(({ line }) => ({ ...MISSPELT, file, line, column: 1 }));
}

export const MISSPELT = problem(
  "bad-recipient",
  "this recipient has a letter too few, too many or wrong",
  "copy it again from where age-keygen printed it",
);
