/** As a word of base64, hex or percent signs, or as bytes are shown. */
const ENCODED = /^(?:[A-Za-z0-9+/=_%-]{20,}|[0-9a-fA-F]{2}(?:[ :][0-9a-fA-F]{2}){9,})$/;

/**
 * Is a form of a secret telling enough to be looked for in code? A password such as `password` stands in any text; a line of a JSON key
 * such as `"type": "service_account"` in many.
 */
export function worthFinding(form: string, value: string): boolean {
  if (value.trim().includes("\n") && !form.includes("\n")) return ENCODED.test(form);
  if (form.length < 8) return false;
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9\s]/].filter((pattern) => pattern.test(form)).length;
  return form.length >= 16 || classes >= 2;
}
