import type { Environment, Fleet } from "../fleet/fleet.ts";
import { type Problem, problem, Refused } from "../problem.ts";
import type { AgeIdentities } from "../variables/age.ts";
import { parseDotenv } from "../variables/dotenv.ts";
import { type AgeFile, ageFilesOf } from "./age-files.ts";
import { ambiguous, noneEncrypted } from "./chosen-file.ts";
import { committedRecipients } from "./committed-recipients.ts";
import { type OpenFile, openFile } from "./open-file.ts";
import { type Recipients, readRecipients } from "./read-recipients.ts";
import type { Recipient } from "./recipients.ts";
import { isOpenedBy } from "./seal.ts";
import { sealingFor } from "./sealing.ts";
import { writeSealed } from "./write-sealed.ts";

export type RotateOrder = Readonly<{
  fleet: Fleet;
  environment: Environment;
  identities: AgeIdentities;
  signal: AbortSignal;
}>;

export type RotatedFile = Readonly<{
  file: string;
  /** Names of what it holds: whoever could open it before knows their values. */
  variables: readonly string[];
  /** Who could open it as it was committed last, and cannot any more; null: git does not tell. */
  removed: readonly Pick<Recipient, "key" | "name">[] | null;
}>;

export type Rotated = Readonly<{
  files: readonly RotatedFile[];
  /** Null: they are opened by a passphrase. */
  recipients: number | null;
  mine: boolean;
}>;

/**
 * Encrypts every file of an environment anew, to those who may read it now. No value changes, and so no revision does.
 * @throws Refused with all that cannot be opened, and then nothing is written.
 */
export async function rotateSecrets(order: RotateOrder): Promise<Rotated> {
  const { fleet, environment, identities } = order;
  const { root } = fleet;
  const all = ageFilesOf(fleet, environment);
  if (all.length === 0) throw new Refused([noneEncrypted(environment)]);
  const recipients = await readRecipients(root, environment);
  const problems: Problem[] = [...ambiguous(fleet, environment, all)];
  const there: { file: AgeFile; opened: OpenFile }[] = [];
  for (const file of all) {
    try {
      const opened = await openFile({ root, file: file.file, identities });
      if (opened.bytes !== null) there.push({ file, opened });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new Refused(problems);
  if (there.length === 0) {
    const message = `none of the encrypted files of ${environment.name} exists yet`;
    throw new Refused([problem("no-such-secrets", message, `\`sampan secrets edit ${environment.name}\` makes one`)]);
  }
  const sealed = there.map((one) => ({
    ...one,
    sealing: sealingFor(environment, recipients, { identities, opened: one.opened }),
  }));
  const files: RotatedFile[] = [];
  for (const { file, opened, sealing } of sealed) {
    order.signal.throwIfAborted();
    const removed = await removedFrom(order, file, recipients);
    await writeSealed({ root, file: file.file, opened, sealing }, opened.text);
    const { entries } = parseDotenv({ file: file.file, text: opened.text });
    files.push({ file: file.file, variables: entries.map(({ name }) => name), removed });
  }
  const [first] = sealed;
  const sealing = first?.sealing;
  return {
    files,
    recipients: sealing?.kind === "recipients" ? sealing.keys.length : null,
    mine: sealing !== undefined && (await isOpenedBy(sealing, identities)),
  };
}

async function removedFrom(
  { fleet, signal }: RotateOrder,
  { file }: AgeFile,
  now: Recipients,
): Promise<RotatedFile["removed"]> {
  const before = await committedRecipients({ root: fleet.root, file, recipients: now.file, signal });
  if (before === null) return null;
  const present = new Set(now.recipients.map(({ key }) => key));
  return before.filter(({ key }) => !present.has(key)).map(({ key, name }) => ({ key, name }));
}
