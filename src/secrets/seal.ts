/** To whom a file is encrypted: recipients, or whoever knows the passphrase (age allows no mixture). */
export type Sealing = Readonly<
  { kind: "recipients"; keys: readonly string[] } | { kind: "passphrase"; passphrase: string }
>;

/** Armoured text or bytes. The recipients have been found good: see `isRecipient`. */
export async function seal(text: string, sealing: Sealing, armoured: boolean): Promise<Uint8Array> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  if (sealing.kind === "passphrase") encrypter.setPassphrase(sealing.passphrase);
  else for (const key of sealing.keys) encrypter.addRecipient(key);
  const bytes = await encrypter.encrypt(text);
  return armoured ? Buffer.from(armor.encode(bytes)) : bytes;
}

/** By its check sum, too: one wrong letter would encrypt to nobody. */
export async function isRecipient(key: string): Promise<boolean> {
  const { Encrypter } = await import("age-encryption");
  try {
    new Encrypter().addRecipient(key);
    return true;
  } catch {
    return false;
  }
}

/** The public half of identities. */
export async function recipientsOf(identities: readonly string[]): Promise<readonly string[]> {
  const { identityToRecipient } = await import("age-encryption");
  return Promise.all(identities.map((identity) => identityToRecipient(identity).catch(() => "")));
}

/** Can these identities open what is sealed so? */
export async function isOpenedBy(
  sealing: Sealing,
  identities: Readonly<{ keys: readonly string[]; passphrases: readonly string[] }>,
): Promise<boolean> {
  if (sealing.kind === "passphrase") return identities.passphrases.includes(sealing.passphrase);
  return (await recipientsOf(identities.keys)).some((key) => sealing.keys.includes(key));
}
