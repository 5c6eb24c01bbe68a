import { SHORTEST_MASKED, secretForms } from "./secret-forms.ts";

export type SecretValue = Readonly<{ name: string; value: string }>;

/** Where in a text a secret, or several that overlap, stands; `name` is that of the longest. */
export type Span = Readonly<{ start: number; end: number; name: string }>;

export type Spotter = Readonly<{
  /** Characters of the longest form that is looked for. */
  longest: number;
  /** In order; no two overlap. */
  find(text: string): readonly Span[];
}>;

/** Finds secrets in all of their forms, or in those that `worth` accepts. */
export function createSpotter(
  secrets: readonly SecretValue[],
  worth: (form: string, value: string) => boolean = () => true,
): Spotter {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    for (const form of secretForms(value)) if (!names.has(form) && worth(form, value)) names.set(form, name);
  }
  // By their first characters: one look-up for each place of a text, however many forms there are.
  const beginnings = new Map<string, string[]>();
  for (const form of names.keys()) {
    const beginning = form.slice(0, SHORTEST_MASKED);
    beginnings.set(beginning, [...(beginnings.get(beginning) ?? []), form]);
  }
  return {
    longest: Math.max(0, ...[...names.keys()].map((form) => form.length)),
    find(text) {
      const spans: Measured[] = [];
      if (beginnings.size === 0) return spans;
      for (let start = 0; start <= text.length - SHORTEST_MASKED; start += 1) {
        for (const form of beginnings.get(text.slice(start, start + SHORTEST_MASKED)) ?? []) {
          if (!text.startsWith(form, start)) continue;
          spans.push({ start, end: start + form.length, name: names.get(form) ?? "", length: form.length });
        }
      }
      return merged(spans);
    },
  };
}

type Measured = Span & Readonly<{ length: number }>;

/** `spans` in the order of their starts. */
function merged(spans: readonly Measured[]): readonly Span[] {
  const result: { start: number; end: number; name: string; length: number }[] = [];
  for (const span of spans) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) {
      result.push({ ...span });
      continue;
    }
    last.end = Math.max(last.end, span.end);
    if (span.length > last.length) {
      last.length = span.length;
      last.name = span.name;
    }
  }
  return result;
}
