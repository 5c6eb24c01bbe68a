import { problem } from "../../problem.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { classifyFiles, type ScriptInput } from "../classify/classify-files.ts";
import type { FileVerdict } from "../classify/verdict.ts";
import type { FoundFolder, FoundScript } from "./found-script.ts";

/** What every file of a folder does to running code. With a catalog all are one release; without one, each is a release of its own. */
export async function judgeFolder({ scripts }: FoundFolder, catalog: Catalog | null): Promise<readonly FileVerdict[]> {
  const readable = scripts.flatMap((script): ScriptInput[] =>
    "sql" in script.content ? [{ ...script, sql: script.content.sql }] : [],
  );
  const verdicts = [...(await classifyFiles(readable, { catalog, release: catalog === null ? "each" : "all" }))];
  return scripts.map((script) => ("sql" in script.content ? verdicts.shift() : undefined) ?? unread(script));
}

function unread({ file, direction, content }: FoundScript): FileVerdict {
  const why =
    content.kind === "unreadable"
      ? content.problem
      : problem(
          "migration-code",
          `${content.kind === "code" ? content.language : ""} code: what it does cannot be read from its text`,
          "it is proven on a scratch database, not classified",
        );
  return {
    file,
    direction,
    phase: "unknown",
    statements: [],
    problems: [{ ...why, file, line: why.line ?? 1, column: why.column ?? 1 }],
  };
}
