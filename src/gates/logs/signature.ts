const CONSIDERED = 500;

const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<id>"],
  [/"(?:[^"\\]|\\.)*"|`[^`]*`|(?<![A-Za-z])'(?:[^'\\]|\\.)*'(?![A-Za-z])/g, "<text>"],
  [/\b0x[0-9a-f]+\b/gi, "<id>"],
  // Hex and random ids: long words that mix digits and letters.
  [/\b(?=[A-Za-z_-]*\d)(?=\d*[A-Za-z])[0-9A-Za-z_-]{12,}\b/g, "<id>"],
  [/\b(?=[a-f]*\d)[0-9a-f]{7,}\b/gi, "<id>"],
  [/-?\d+(?:[.,]\d+)*/g, "<n>"],
  [/\s+/g, " "],
];

/** What two occurrences of one error have in common: its message without numbers, ids, times and quoted text. */
export function signatureOf(message: string): string {
  let text = message.slice(0, CONSIDERED);
  for (const [pattern, placeholder] of PLACEHOLDERS) text = text.replace(pattern, placeholder);
  return text.trim();
}
