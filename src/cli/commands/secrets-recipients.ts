import { oneLine } from "../../plain.ts";
import { ageFilesOf } from "../../secrets/age-files.ts";
import { changeRecipients, type RecipientsChanged } from "../../secrets/change-recipients.ts";
import { headOf, rawBytes } from "../../secrets/open-file.ts";
import { recipientsOf } from "../../secrets/seal.ts";
import { ageIdentities } from "../age-identities.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { table } from "../render/table.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

type SealedFile = Readonly<{
  file: string;
  /** How many it is encrypted to; null: it is opened by a passphrase. */
  recipients: number | null;
}>;

const list = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** Shows who may read an environment's encrypted files; adds and removes. */
export async function secretsRecipients(call: Call): Promise<number> {
  const at = await openWorkplace(call);
  const environment = environmentAt(at, call.args[0]);
  const { root } = at.fleet;
  const identities = await ageIdentities(at);
  const { add, remove, name } = call.options;
  const wish = { add: list(add), remove: list(remove), name: typeof name === "string" ? name : null };
  const found = await changeRecipients(root, environment, wish);
  const own = await recipientsOf(identities.keys);
  const files: SealedFile[] = [];
  for (const { file } of ageFilesOf(at.fleet, environment)) {
    const bytes = await rawBytes({ root, file });
    if (bytes !== null) files.push({ file, recipients: headOf(bytes).recipients });
  }
  const { file, added, removed } = found;
  const recipients = found.recipients.map((one) => ({ ...one, mine: own.includes(one.key) }));
  const changed = added.length + removed.length > 0;
  const rotate = files.length > 0 && (changed || files.some((one) => one.recipients !== recipients.length));
  if (wantsJson(call)) {
    printJson({
      formatVersion: 1,
      environment: environment.name,
      file,
      recipients: recipients.map(({ key, name: whose, mine }) => ({ key, name: whose, mine })),
      added,
      removed,
      files,
      rotate,
    });
  } else process.stdout.write(textOf(found, { own, rotate, environment: environment.name }));
  return EXIT.done;
}

function textOf(
  { file, recipients, added, removed }: RecipientsChanged,
  told: Readonly<{ own: readonly string[]; rotate: boolean; environment: string }>,
): string {
  const lines = recipients.map(({ key, name }) => [
    `  ${oneLine(name ?? "(no name)")}`,
    key.length > 80 ? `${key.slice(0, 40)}…${key.slice(-12)}` : key,
    told.own.includes(key) ? "yours" : "",
  ]);
  const none = `${file}: nobody yet; add who may read: \`sampan secrets recipients ${told.environment} --add age1…\`\n`;
  return [
    recipients.length === 0 ? none : `${file}\n${table(lines)}`,
    added.length + removed.length === 0 ? "" : `✓ ${added.length} added, ${removed.length} removed\n`,
    told.rotate
      ? `the encrypted files are for others still: \`sampan secrets rotate ${told.environment}\` encrypts them to these\n`
      : "",
  ].join("");
}
