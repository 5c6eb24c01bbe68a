import type { SourceFile } from "../sources.ts";
import type { CodeReads } from "./read.ts";
import { readsInScript } from "./script-reads.ts";
import { readsInText } from "./text-reads.ts";

/** Looks at each file once, however many services are made of it. */
export function createCodeReader(): (file: SourceFile) => CodeReads {
  const known = new Map<SourceFile, CodeReads>();
  return (file) => {
    const found = known.get(file) ?? readsIn(file);
    known.set(file, found);
    return found;
  };
}

function readsIn(file: SourceFile): CodeReads {
  const source = { file: file.path, text: file.text };
  if (file.path.endsWith(".go")) return readsInText({ ...source, language: "go" });
  return file.path.endsWith(".py") ? readsInText({ ...source, language: "python" }) : readsInScript(source);
}
