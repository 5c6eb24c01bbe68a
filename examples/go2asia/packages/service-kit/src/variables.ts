import { z } from "zod";

/** Every problem of the variables at once, without their values; then exit 78 (configuration), before anything listens. */
export function parseVariables<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const line = { level: 60, time: new Date().toISOString(), variable: issue.path.join("."), msg: issue.message };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  process.exit(78);
}

/** What the runner gives to every service. Empty counts as not set: dotenv files cannot say otherwise. */
export const port = z.preprocess(emptyIsUnset, z.coerce.number().int().min(0).max(65535).default(8080));
export const host = z.preprocess(emptyIsUnset, z.string().default("127.0.0.1"));
export const logLevel = z.preprocess(emptyIsUnset, z.enum(["debug", "info", "warn", "error"]).default("info"));
export const poolSize = z.preprocess(emptyIsUnset, z.coerce.number().int().min(1).max(50).default(4));

export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/ });
export const httpUrl = z.url({ protocol: /^https?$/ });

function emptyIsUnset(value: unknown): unknown {
  return value === "" ? undefined : value;
}
