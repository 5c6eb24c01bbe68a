import type { Problem } from "../problem.ts";
import { parseDotenv } from "./dotenv.ts";
import type { Declared } from "./variable.ts";

/**
 * The names of a `.env.example` and what their comments say of them. A comment says `secret`, `rotates` or `optional` as its first
 * words, or between punctuation: `# optional`, `# secret, rotates`, `# signing keys: secret, rotates`.
 */
export function parseExample(
  source: Readonly<{ file: string; text: string }>,
): Readonly<{ declared: readonly Declared[]; problems: readonly Problem[] }> {
  const { entries, problems } = parseDotenv(source);
  const declared = entries.map((entry) => {
    const words = new Set(entry.comments.flatMap(directives));
    return {
      name: entry.name,
      file: source.file,
      line: entry.line,
      column: entry.column,
      secret: words.has("secret"),
      rotates: words.has("rotates"),
      optional: words.has("optional"),
    };
  });
  return { declared, problems };
}

const WORDS = new Set(["secret", "rotates", "optional"]);

function directives(comment: string): readonly string[] {
  const segments = comment.toLowerCase().split(/[,;:.()\u2013\u2014]|\s-\s/);
  return segments.flatMap((segment, index) => {
    const words = segment.split(/\s+/).filter((word) => word !== "" && word !== "and");
    const leading = words.findIndex((word) => !WORDS.has(word));
    if (leading === -1) return words;
    return index === 0 ? words.slice(0, leading) : [];
  });
}
