import { join } from "node:path";
import { readTextIfThere } from "../io/files.ts";
import type { Problem } from "../problem.ts";
import { problem } from "../problem.ts";

/** What can open `.age` files: X25519 (or post-quantum) identities and passphrases. Never printed. */
export type AgeIdentities = Readonly<{
  keys: readonly string[];
  passphrases: readonly string[];
  /** Where they came from, for messages. */
  from: string;
}>;

const KEY = /^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+$/;

/**
 * `SAMPAN_AGE_KEY` (the key itself), else the file named by `SAMPAN_AGE_KEY_FILE`, else `.config/sampan/age.txt` under `home`; and
 * `SAMPAN_AGE_PASSPHRASE` in addition. None is no problem until an `.age` file is to be read.
 */
export async function readAgeIdentities(
  from: Readonly<{ processEnv: Readonly<Record<string, string | undefined>>; home: string }>,
): Promise<Readonly<{ identities: AgeIdentities; problems: readonly Problem[] }>> {
  const passphrase = from.processEnv.SAMPAN_AGE_PASSPHRASE;
  const passphrases = passphrase === undefined || passphrase === "" ? [] : [passphrase];
  const given = await keySource(from);
  if (given.problem !== null) {
    return { identities: { keys: [], passphrases, from: given.from }, problems: [given.problem] };
  }
  const lines = given.text.split(/\r?\n/).map((line) => line.trim());
  const wanted = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const keys = wanted.filter((line) => KEY.test(line));
  const problems =
    keys.length === wanted.length
      ? []
      : [
          problem(
            "bad-age-key",
            `${given.from} is not an age identity`,
            "It begins with AGE-SECRET-KEY-1; age-keygen makes one",
          ),
        ];
  return { identities: { keys, passphrases, from: given.from }, problems };
}

async function keySource(
  from: Readonly<{ processEnv: Readonly<Record<string, string | undefined>>; home: string }>,
): Promise<Readonly<{ text: string; from: string; problem: Problem | null }>> {
  const key = from.processEnv.SAMPAN_AGE_KEY;
  if (key !== undefined && key !== "") return { text: key, from: "SAMPAN_AGE_KEY", problem: null };
  const named = from.processEnv.SAMPAN_AGE_KEY_FILE;
  const path = named === undefined || named === "" ? join(from.home, ".config", "sampan", "age.txt") : named;
  const unreadable = (why: string) => ({
    text: "",
    from: path,
    problem: problem(
      "unreadable-age-key",
      `The age key file ${path} ${why}`,
      "Set SAMPAN_AGE_KEY_FILE to one that can be read",
    ),
  });
  try {
    const text = await readTextIfThere(path);
    if (text === null && named !== undefined && named !== "") return unreadable("does not exist");
    return { text: text ?? "", from: path, problem: null };
  } catch {
    return unreadable("cannot be read");
  }
}

/** Only in memory. Null: none of the identities opens it, or it is not an age file. */
export async function decryptAge(bytes: Uint8Array, identities: AgeIdentities): Promise<Uint8Array | null> {
  // Loaded when it is needed: most commands never meet an encrypted file.
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const key of identities.keys) addIfKey(decrypter, key);
  for (const passphrase of identities.passphrases) decrypter.addPassphrase(passphrase);
  try {
    const text = Buffer.from(bytes).toString("latin1");
    const file = text.trimStart().startsWith("-----BEGIN AGE") ? armor.decode(text.trim()) : bytes;
    return await decrypter.decrypt(file);
  } catch {
    return null;
  }
}

/** One with a wrong check sum opens nothing; what the library says of it quotes the key. */
function addIfKey(decrypter: Readonly<{ addIdentity: (key: string) => void }>, key: string): void {
  try {
    decrypter.addIdentity(key);
  } catch {
    // What it should have opened is told as closed, with where the key came from.
  }
}
