import { filePieces } from "../../io/file-pieces.ts";

export type LintHit = Readonly<{ rule: string; line: number }>;

/** Texts are looked at in windows of this size, cut where a line ends. */
const WINDOW = 512 * 1024;
/** Larger texts are data, not something that a person wrote a key into. */
const LARGEST = 8 * 1024 * 1024;

/** Looks for what has the form of a key, a token or a password. Loaded on first use: it takes a while. */
export async function secretLinter(): Promise<
  (path: string, size: number, signal: AbortSignal) => Promise<readonly LintHit[]>
> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const rule = { id: "@secretlint/secretlint-rule-preset-recommend", rule: creator };
  return async (path, size, signal) => {
    if (size > LARGEST) return [];
    const hits: LintHit[] = [];
    for await (const { text, line } of windows(path)) {
      signal.throwIfAborted();
      const linted = await lintSource({
        source: { filePath: path, content: text, ext: "", contentType: "text" },
        options: { maskSecrets: true, config: { rules: [rule] } },
      });
      const messages = linted.messages.filter((message) => message.type === "message");
      hits.push(...messages.map((message) => ({ rule: message.ruleId, line: line + message.loc.start.line - 1 })));
    }
    return hits;
  };
}

/** Nothing for a file that is no text: one with a NUL in its first piece. */
async function* windows(path: string): AsyncGenerator<Readonly<{ text: string; line: number }>> {
  let kept = Buffer.alloc(0);
  let line = 1;
  let first = true;
  for await (const piece of filePieces(path, WINDOW)) {
    if (first && piece.subarray(0, 8192).includes(0)) return;
    first = false;
    const window = Buffer.concat([kept, piece]);
    const cut = window.lastIndexOf(0x0a) + 1;
    if (cut === 0 && window.length < WINDOW) {
      kept = window;
      continue;
    }
    const text = window.toString("utf8", 0, cut === 0 ? window.length : cut);
    yield { text, line };
    line += text.split("\n").length - 1;
    kept = Buffer.from(window.subarray(cut === 0 ? window.length : cut));
  }
  if (kept.length > 0) yield { text: kept.toString("utf8"), line };
}
