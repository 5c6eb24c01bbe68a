import type { SourceFile } from "../sources.ts";
import type { CodeReads } from "./read.ts";
import { readsInText } from "./text-reads.ts";

export type CodeReader = (file: SourceFile) => CodeReads;

/** Looks at each file once, however many services are made of it. Loads a parser. */
export async function createCodeReader(): Promise<CodeReader> {
  const { readsInScript } = await import("./script-reads.ts");
  const readsIn = (file: SourceFile): CodeReads => {
    const source = { file: file.path, text: file.text };
    if (file.path.endsWith(".go")) return readsInText({ ...source, language: "go" });
    return file.path.endsWith(".py") ? readsInText({ ...source, language: "python" }) : readsInScript(source);
  };
  const known = new Map<SourceFile, CodeReads>();
  return (file) => {
    const found = known.get(file) ?? readsIn(file);
    known.set(file, found);
    return found;
  };
}
