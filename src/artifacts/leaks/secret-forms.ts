/** Shorter values are found everywhere and say nothing. */
export const SHORTEST = 6;

/**
 * The forms in which a secret value may have got into a file: as it is, in base64 (wherever in a longer text it begins),
 * URL-encoded, escaped for JSON, in hex; the password of a connection URL also alone. Empty for values that are too short.
 */
export function secretForms(value: string): readonly Buffer[] {
  const forms = new Set<string>();
  for (const one of [value, value.trim(), ...passwords(value)]) {
    if (Buffer.byteLength(one) < SHORTEST) continue;
    for (const form of formsOf(one)) if (Buffer.byteLength(form) >= SHORTEST) forms.add(form);
  }
  return [...forms].map((form) => Buffer.from(form));
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const url = encodeURIComponent(value);
  const json = JSON.stringify(value).slice(1, -1);
  const ascii = json.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const hex = bytes.toString("hex");
  return [
    value,
    value.replaceAll("\n", "\r\n"),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
    ...[url, url.replaceAll("%20", "+")].flatMap((one) => [one, one.replace(/%../g, (code) => code.toLowerCase())]),
    encodeURI(value),
    json,
    ascii,
    json.replaceAll("/", "\\/"),
    hex,
    hex.toUpperCase(),
  ];
}

/** The characters that only this value decides, when `offset` bytes stand before it in its group of three. */
function base64At(bytes: Buffer, offset: number): string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const sure = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  return [sure, sure.replaceAll("+", "-").replaceAll("/", "_")];
}

function passwords(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
