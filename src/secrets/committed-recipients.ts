import { tryGit } from "../artifacts/git/git.ts";
import { parseRecipients, type Recipient } from "./recipients.ts";

/**
 * The recipients as they were in the commit that changed a file last: who could open it. Null: git does not know, because the file, or the recipients,
 * were not committed, or there is no repository.
 */
export async function committedRecipients(
  of: Readonly<{ root: string; file: string; recipients: string; signal: AbortSignal }>,
): Promise<readonly Recipient[] | null> {
  const at = { folder: of.root, signal: of.signal };
  const last = await tryGit(at, { args: ["log", "-1", "--format=%H", "--", of.file] });
  const commit = last.stdout.toString("utf8").trim();
  if (last.exitCode !== 0 || commit === "") return null;
  const shown = await tryGit(at, { args: ["show", `${commit}:./${of.recipients}`] });
  if (shown.exitCode !== 0) return null;
  return parseRecipients({ file: of.recipients, text: shown.stdout.toString("utf8") }).recipients;
}
