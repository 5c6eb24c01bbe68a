import { join } from "node:path";
import { readBytesIfThere } from "../io/read-bytes.ts";
import type { Problem } from "../problem.ts";
import { type AgeIdentities, decryptAge } from "./age.ts";
import { type DotenvEntry, parseDotenv } from "./dotenv.ts";
import { undecryptable } from "./undecryptable.ts";

export type VariablesFile = Readonly<{
  encrypted: boolean;
  entries: readonly DotenvEntry[];
  problems: readonly Problem[];
}>;

/** No set of variables comes near: a process cannot be started with more than 2 MiB of them. */
export const LARGEST_FILE = 4 * 1024 * 1024;

/** A dotenv file, decrypted in memory when its name ends in `.age`. `file` is relative to the root. */
export async function readVariablesFile(
  of: Readonly<{ root: string; file: string; missing: "fine" | "problem"; identities: AgeIdentities }>,
): Promise<VariablesFile> {
  const encrypted = of.file.endsWith(".age");
  const refuse = (code: string, message: string, hint: string | null): VariablesFile => ({
    encrypted,
    entries: [],
    problems: [{ code, file: of.file, line: null, column: null, message, hint }],
  });
  let bytes: Uint8Array | null;
  try {
    bytes = await readBytesIfThere(join(of.root, of.file), LARGEST_FILE + 1);
  } catch (error) {
    return refuse(
      "unreadable-file",
      `${of.file} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
      null,
    );
  }
  if (bytes === null) {
    if (of.missing === "fine") return { encrypted, entries: [], problems: [] };
    return refuse(
      "missing-file",
      `${of.file} does not exist`,
      "Create it, or take it out of the environment's variables",
    );
  }
  if (bytes.length > LARGEST_FILE)
    return refuse("file-too-large", `${of.file} is larger than 4 MiB`, "Is it a dotenv file?");
  if (encrypted) {
    const opened = await decryptAge(bytes, of.identities);
    if (opened === null) return { encrypted, entries: [], problems: [undecryptable(of.file, of.identities)] };
    bytes = opened;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(
      "not-utf8",
      `${of.file} is not UTF-8`,
      "Save it as UTF-8; encode binary values, by base64 for example",
    );
  }
  return { encrypted, ...parseDotenv({ file: of.file, text }) };
}
