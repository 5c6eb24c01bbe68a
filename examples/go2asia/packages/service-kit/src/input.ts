import type { Context } from "hono";
import type { z } from "zod";
import { Failure } from "./failure.ts";

/** The JSON body as the schema says; 400 when it is no JSON, 422 with every issue when it does not fit. */
export async function body<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const raw: unknown = await c.req.json().catch(() => {
    throw new Failure(400, "not-json", "The body is not JSON.");
  });
  return fitting(schema, raw);
}

/** The query string as the schema says; 422 with every issue when it does not fit. */
export function query<T extends z.ZodType>(c: Context, schema: T): z.output<T> {
  return fitting(schema, c.req.query());
}

/** A path parameter as the schema says; 422 when it does not fit. */
export function parameter<T extends z.ZodType>(c: Context, name: string, schema: T): z.output<T> {
  return fitting(schema, c.req.param(name));
}

function fitting<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new Failure(422, "invalid", "The input does not fit.", issues);
}
