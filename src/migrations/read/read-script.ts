import { readAtMost } from "../../io/folders.ts";
import { type Problem, problem } from "../../problem.ts";

/** 8 MiB: a larger file is data. */
const LARGEST = 8 * 1024 * 1024;

export type ReadScript =
  | Readonly<{ kind: "sql"; sql: string }>
  | Readonly<{ kind: "code"; language: string; tool: "knex" | "node-pg-migrate"; text: string }>
  | Readonly<{ kind: "unreadable"; problem: Problem }>;

/** A file's text, or why it has none. `name` is how it is called in problems. */
export async function readScript(path: string, name: string): Promise<ReadScript> {
  const refuse = (code: string, message: string, hint: string): ReadScript => ({
    kind: "unreadable",
    problem: { ...problem(code, message, hint), file: name },
  });
  const bytes = await readAtMost(path, LARGEST);
  if (bytes === null) return refuse("migration-too-large", "the file is larger than 8 MiB", "load data in batches");
  const language = /\.(\w+)$/.exec(path)?.[1] ?? "";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("migration-not-utf8", "the file is not valid UTF-8", "save it as UTF-8");
  }
  if (language === "sql") return { kind: "sql", sql: text };
  return { kind: "code", language, tool: /\bpgm\b/.test(text) ? "node-pg-migrate" : "knex", text };
}
