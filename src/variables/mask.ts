import { SHORTEST_MASKED, secretForms } from "./secret-forms.ts";

/** Replaces every secret in a text by `‹masked:NAME›`. */
export type Mask = (text: string) => string;

export type SecretValue = Readonly<{ name: string; value: string }>;

/**
 * For everything that Sampan writes. Knows the values of at least four characters, the passwords inside them, their lines, and the
 * forms that encoders give them (base64 at any offset, URL, JSON, HTML, hex). Where secrets overlap, all of them go, under the longest one's name.
 */
export function createMask(secrets: readonly SecretValue[]): Mask {
  const spot = createSpotter(secrets);
  return (text) => replace(text, spot.find(text));
}

export type MaskedChunks = Readonly<{
  /** What can be written now: whole lines. The rest is kept for the next chunk. */
  push(chunk: string): string;
  end(): string;
}>;

/** For a stream whose chunks end anywhere: a secret cut in two by a chunk's end is still found. */
export function maskChunks(secrets: readonly SecretValue[], longestLine = 64 * 1024): MaskedChunks {
  const spot = createSpotter(secrets);
  let kept = "";
  return {
    push(chunk) {
      kept += chunk;
      let cut = kept.lastIndexOf("\n") + 1;
      if (kept.length - cut > longestLine) cut = kept.length - spot.longest;
      if (cut <= 0) return "";
      const spans = spot.find(kept);
      // A multi-line secret may go on behind the last line break.
      for (const span of spans.toReversed()) if (span.start < cut && span.end > cut) cut = span.start;
      const text = replace(
        kept.slice(0, cut),
        spans.filter((span) => span.end <= cut),
      );
      kept = kept.slice(cut);
      return text;
    },
    end() {
      const text = replace(kept, spot.find(kept));
      kept = "";
      return text;
    },
  };
}

type Span = Readonly<{ start: number; end: number; name: string }>;

/** The merged spans of a text that must not be shown, in order. */
function createSpotter(
  secrets: readonly SecretValue[],
): Readonly<{ longest: number; find(text: string): readonly Span[] }> {
  const names = new Map<string, string>();
  for (const { name, value } of secrets) {
    for (const form of secretForms(value)) if (!names.has(form)) names.set(form, name);
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

function replace(text: string, spans: readonly Span[]): string {
  let result = "";
  let at = 0;
  for (const span of spans) {
    result += `${text.slice(at, span.start)}‹masked:${span.name}›`;
    at = span.end;
  }
  return result + text.slice(at);
}
