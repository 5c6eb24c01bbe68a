import { type CodeRead, type CodeReads, placesIn } from "./read.ts";

export type TextLanguage = "python" | "go";

const QUOTED = String.raw`(?:"([^"\n]+)"|'([^'\n]+)'|${"`"}([^${"`"}\n]+)${"`"})`;

const READS: Readonly<Record<TextLanguage, readonly RegExp[]>> = {
  python: [
    new RegExp(String.raw`\benviron\s*\[\s*${QUOTED}\s*\](?!\s*=[^=])`, "g"),
    new RegExp(String.raw`\benviron\s*\.\s*(?:get|pop|setdefault)\s*\(\s*${QUOTED}`, "g"),
    new RegExp(String.raw`\bgetenvb?\s*\(\s*${QUOTED}`, "g"),
  ],
  go: [new RegExp(String.raw`\bos\s*\.\s*(?:Getenv|LookupEnv)\s*\(\s*${QUOTED}`, "g")],
};

const DYNAMIC: Readonly<Record<TextLanguage, RegExp>> = {
  python: /\b(?:environ\s*(?:\[|\.\s*get\s*\()|getenvb?\s*\()\s*(?=[A-Za-z_])(?![bBrRuUfF]{1,2}["'])/g,
  go: /\bos\s*\.\s*(?:Getenv|LookupEnv)\s*\(\s*(?=[A-Za-z_])/g,
};

/** What Python or Go reads of its process's environment; comments and documentation strings do not count. */
export function readsInText(source: Readonly<{ file: string; text: string; language: TextLanguage }>): CodeReads {
  const code = withoutComments(source.text, source.language);
  const place = placesIn(code);
  const reads: CodeRead[] = [];
  for (const pattern of READS[source.language]) {
    for (const match of code.matchAll(pattern)) {
      const name = match[1] ?? match[2] ?? match[3] ?? "";
      reads.push({ name, file: source.file, ...place(match.index + match[0].lastIndexOf(name)) });
    }
  }
  const dynamic = [...code.matchAll(DYNAMIC[source.language])].map((match) => ({
    file: source.file,
    ...place(match.index),
  }));
  return { reads, readers: [], calls: [], dynamic, understood: true };
}

const TOKENS: Readonly<Record<TextLanguage, RegExp>> = {
  python: /(#[^\n]*|"""[\s\S]*?"""|'''[\s\S]*?''')|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g,
  go: /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/g,
};

/** Blanks comments, so that every offset stays what it was; a # inside a text is none. */
const withoutComments = (text: string, language: TextLanguage): string =>
  text.replaceAll(TOKENS[language], (token, comment: string | undefined) =>
    comment === undefined ? token : token.replaceAll(/[^\n]/g, " "),
  );
