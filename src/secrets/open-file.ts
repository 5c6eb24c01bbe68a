import { join } from "node:path";
import { readBytesIfThere } from "../io/read-bytes.ts";
import { problem, Refused } from "../problem.ts";
import { type AgeIdentities, decryptAge } from "../variables/age.ts";
import { LARGEST_FILE } from "../variables/read-variables-file.ts";
import { undecryptable } from "../variables/undecryptable.ts";

/** An encrypted file with what it holds, in memory alone. */
export type OpenFile = Readonly<{
  /** As they lie on the disk; null: there is no file yet. */
  bytes: Uint8Array | null;
  text: string;
  armoured: boolean;
  /** How many recipients its head has a key for; null: it is opened by a passphrase. */
  recipients: number | null;
}>;

/**
 * Reads and decrypts one; a file that does not exist yet is empty.
 * @throws Refused where it cannot be read or opened.
 */
export async function openFile(
  of: Readonly<{ root: string; file: string; identities: AgeIdentities }>,
): Promise<OpenFile> {
  const bytes = await rawBytes(of);
  if (bytes === null) return { bytes, text: "", armoured: true, recipients: 0 };
  const opened = await decryptAge(bytes, of.identities);
  if (opened === null) throw new Refused([undecryptable(of.file, of.identities)]);
  const head = headOf(bytes);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened);
    return { bytes, text, ...head };
  } catch {
    throw new Refused([{ ...problem("not-utf8", `${of.file} holds no text in UTF-8`), file: of.file }]);
  }
}

/** Its bytes; null where there is none. @throws Refused */
export async function rawBytes({ root, file }: Readonly<{ root: string; file: string }>): Promise<Uint8Array | null> {
  const refused = (code: string, message: string) => new Refused([{ ...problem(code, message), file }]);
  let bytes: Uint8Array | null;
  try {
    bytes = await readBytesIfThere(join(root, file), LARGEST_FILE + 1);
  } catch (error) {
    throw refused("unreadable-file", `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  if ((bytes?.length ?? 0) > LARGEST_FILE) throw refused("file-too-large", `${file} is larger than 4 MiB`);
  return bytes;
}

const ARMOUR = "-----BEGIN AGE";

/** Of the stanzas in an age file's head: one for each recipient, beside those that mean nothing on purpose. */
export function headOf(bytes: Uint8Array): Pick<OpenFile, "armoured" | "recipients"> {
  const written = Buffer.from(bytes).toString("latin1").trimStart();
  const armoured = written.startsWith(ARMOUR);
  const inside = armoured
    ? Buffer.from(written.replaceAll(/-----[A-Z ]+-----/g, ""), "base64").toString("latin1")
    : written;
  const [head = ""] = inside.split("\n---");
  const stanzas = [...head.matchAll(/^-> (\S+)/gm)].map((match) => match[1] ?? "");
  if (stanzas.includes("scrypt")) return { armoured, recipients: null };
  return { armoured, recipients: stanzas.filter((kind) => !kind.endsWith("-grease")).length };
}
