import type { ContractChange } from "./compare/change.ts";
import { compareContracts } from "./compare-contracts.ts";
import type { Document } from "./read/document.ts";
import { readDocument } from "./read/read-document.ts";

/** A contract from its files, the first of them on top; as JSON, which is YAML too, where it is an object. */
export async function documentOf(files: Readonly<Record<string, unknown>>): Promise<Document> {
  const [top = ""] = Object.keys(files);
  const read = await readDocument(top, async (file) => {
    const found = files[file];
    return found === undefined ? null : typeof found === "string" ? found : JSON.stringify(found, null, 2);
  });
  if (read.kind === "problems") throw new Error(JSON.stringify(read.problems));
  return read.document;
}

export async function changesOf(old: unknown, next: unknown, today = "2026-11-26"): Promise<readonly ContractChange[]> {
  return compareContracts({
    old: await documentOf({ "old.yaml": old }),
    next: await documentOf({ "new.yaml": next }),
    today,
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** A contract of these paths. */
export const apiWith = (paths: Fields, more: Fields = {}): Fields => ({
  openapi: "3.1.0",
  info: { title: "Articles", version: "1" },
  paths,
  ...more,
});

const OK = { 200: { description: "done" } };

/** One operation, `POST /v1/articles`, with these words. */
export const operationWith = (words: Fields, more: Fields = {}): Fields =>
  apiWith({ "/v1/articles": { post: { responses: OK, ...words } } }, more);

const jsonOf = (schema: unknown): Fields => ({ content: { "application/json": { schema } } });

/** A schema in what callers send, or in what they get. */
export const schemaIn = (direction: "request" | "response", schema: unknown, more: Fields = {}): Fields =>
  direction === "request"
    ? operationWith({ requestBody: { required: true, ...jsonOf(schema) } }, more)
    : operationWith({ responses: { 200: { description: "done", ...jsonOf(schema) } } }, more);
