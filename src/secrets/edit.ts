import type { Environment } from "../fleet/fleet.ts";
import { Refused } from "../problem.ts";
import type { AgeIdentities } from "../variables/age.ts";
import { parseDotenv } from "../variables/dotenv.ts";
import type { AgeFile } from "./age-files.ts";
import { type NamesChanged, namesChanged } from "./names-changed.ts";
import { openFile } from "./open-file.ts";
import { readRecipients } from "./read-recipients.ts";
import { isOpenedBy } from "./seal.ts";
import { sealingFor } from "./sealing.ts";
import { writeSealed } from "./write-sealed.ts";

export type EditOrder = Readonly<{
  root: string;
  environment: Environment;
  file: AgeFile;
  identities: AgeIdentities;
  /** Gives the text that is to stand there instead; what it throws ends the edit, and nothing is written. */
  change: (text: string, file: string) => Promise<string>;
}>;

export type Edited = NamesChanged &
  Readonly<{
    file: string;
    result: "created" | "changed" | "unchanged";
    /** Null: it is opened by a passphrase. */
    recipients: number | null;
    /** Can whoever wrote it read it again? */
    mine: boolean;
  }>;

/**
 * Decrypts a file in memory, has it changed, and encrypts it to the environment's recipients. One whose text stays as it was is not touched.
 * @throws Refused, before anything is asked, where it cannot be opened or there is nobody to encrypt it to; and with what is wrong with
 * the new text.
 */
export async function editSecrets(order: EditOrder): Promise<Edited> {
  const { root, environment, identities } = order;
  const { file } = order.file;
  const recipients = await readRecipients(root, environment);
  const opened = await openFile({ root, file, identities });
  const sealing = sealingFor(environment, recipients, { identities, opened });
  const told = {
    file,
    recipients: sealing.kind === "recipients" ? sealing.keys.length : null,
    mine: await isOpenedBy(sealing, identities),
  };
  const text = await order.change(opened.text, file);
  const before = parseDotenv({ file, text: opened.text });
  const after = parseDotenv({ file, text });
  if (after.problems.length > 0) throw new Refused(after.problems);
  const names = namesChanged(before.entries, after.entries);
  // A file that nobody has made yet, and that would hold nothing, stays unmade.
  if (text === opened.text) return { ...told, ...names, result: "unchanged" };
  await writeSealed({ root, file, opened, sealing }, text);
  return { ...told, ...names, result: opened.bytes === null ? "created" : "changed" };
}
