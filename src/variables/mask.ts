import { createSpotter, type SecretValue, type Span } from "./spot-secrets.ts";

/** Replaces every secret in a text by `‹masked:NAME›`. */
export type Mask = (text: string) => string;

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

function replace(text: string, spans: readonly Span[]): string {
  let result = "";
  let at = 0;
  for (const span of spans) {
    result += `${text.slice(at, span.start)}‹masked:${span.name}›`;
    at = span.end;
  }
  return result + text.slice(at);
}
