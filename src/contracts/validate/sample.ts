import type { Api, Operation, Parameter } from "../model/api.ts";
import { resolved } from "../model/resolved.ts";
import type { Document } from "../read/document.ts";
import { child, itemsOf, plain } from "../read/node.ts";

/** A request that changes nothing and that anybody may make as often as they like. */
export type Sample = Readonly<{
  operation: Operation;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
}>;

export type Sampled = Readonly<{
  samples: readonly Sample[];
  /** Declared with GET and not to be asked for, and why. */
  left: readonly Readonly<{ operation: Operation; why: string }>[];
}>;

/** Requests of the contract's own: every GET whose required parameters have an example, a default or a value to choose, `most` of them at most. */
export function samplesOf(api: Api, most: number): Sampled {
  const gets = [...api.operations.values()].filter(({ method }) => method === "GET");
  const made = gets.map((operation) => ({
    operation,
    sample: streams(operation) ? ("it streams" as const) : sampleOf(api.document, operation),
  }));
  return {
    samples: made.flatMap(({ sample }) => (sample === null || sample === "it streams" ? [] : sample)).slice(0, most),
    left: made.flatMap(({ operation, sample }) => {
      if (sample === null) return [{ operation, why: "it needs what has no example" }];
      return sample === "it streams" ? [{ operation, why: sample }] : [];
    }),
  };
}

/** The sequential media types of OpenAPI's registry (https://spec.openapis.org/registry/media-type): what comes piece by piece, as long as it likes. */
const SEQUENTIAL =
  /^(?:text\/event-stream|application\/(?:jsonl|x-ndjson|json-seq|geo\+json-seq)|multipart\/[^;]*)\s*(?:;|$)/i;

/** An answer that does not end, or takes its time, is not waited for. */
const streams = ({ replies }: Operation): boolean =>
  [...replies.values()].some(({ media }) => [...media.keys()].some((name) => SEQUENTIAL.test(name)));

function sampleOf(document: Document, operation: Operation): Sample | null {
  let { path } = operation;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  for (const parameter of operation.parameters.values()) {
    if (!parameter.required) continue;
    const value = exampleOf(document, parameter);
    if (value === null || parameter.media !== null) return null;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (parameter.in === "query") query.push(`${encodeURIComponent(parameter.name)}=${encodeURIComponent(value)}`);
    else if (parameter.in === "header") headers[parameter.name.toLowerCase()] = value;
    else return null;
  }
  if (path.includes("{")) return null;
  return { operation, method: "GET", path: query.length === 0 ? path : `${path}?${query.join("&")}`, headers };
}

function exampleOf(document: Document, { example, schema }: Parameter): string | null {
  const its = resolved(document, schema);
  const nodes = [
    example,
    child(its, "example"),
    itemsOf(child(its, "examples"))[0] ?? null,
    child(its, "default"),
    child(its, "const"),
    itemsOf(child(its, "enum"))[0] ?? null,
  ];
  for (const node of nodes) {
    const value = node === null ? null : plain(node);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  }
  return null;
}
