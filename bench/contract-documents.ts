import { stringify } from "yaml";

const things = (paths: number): readonly number[] => Array.from({ length: paths }, (_, at) => at);
const ref = (at: number) => ({ $ref: `#/components/schemas/Thing${at}` });
const json = (schema: object) => ({ content: { "application/json": { schema } } });

/** A contract of so many paths, each with two operations and a schema that leads to the next; in `next` a few things have changed. */
export function contractDocument(paths: number, next: boolean): object {
  const operation = (method: string, at: number) => ({
    operationId: `${method}Thing${at}`,
    summary: `Does ${method} of thing ${at}`,
    tags: ["things"],
    parameters: [
      { name: "search", in: "query", required: next && at === 7, schema: { type: "string", maxLength: 40 } },
      { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100 } },
    ],
    ...(method === "get" ? {} : { requestBody: { required: true, ...json(ref(at)) } }),
    responses: { 200: { description: "it", ...json(ref(at)) }, 404: { description: "none", ...json(ref(0)) } },
  });
  const schema = (at: number) => ({
    type: "object",
    required: ["id", "name"],
    properties: {
      id: { type: "string", format: "uuid" },
      name: {
        type: "string",
        description: "What people call it",
        minLength: 1,
        maxLength: next && at % 50 === 3 ? 100 : 200,
      },
      kind: { type: "string", enum: ["a", "b", "c", ...(next && at === 11 ? [] : ["d"])] },
      tags: { type: "array", items: { type: "string" } },
      next: ref((at + 1) % paths),
      count: { type: "integer", minimum: 0 },
      ...(next && at % 100 === 5 ? { more: { type: "string" } } : {}),
    },
  });
  return {
    openapi: "3.0.3",
    info: { title: "Things", version: "1" },
    paths: Object.fromEntries(
      things(paths).map((at) => [`/v1/things${at}`, { get: operation("get", at), post: operation("post", at) }]),
    ),
    components: { schemas: Object.fromEntries(things(paths).map((at) => [`Thing${at}`, schema(at)])) },
  };
}

export const asYaml = (document: object): string => stringify(document, { aliasDuplicateObjects: false });
