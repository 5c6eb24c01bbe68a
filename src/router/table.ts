import { z } from "zod";
import { StepFault } from "../fault.ts";
import type { RouterTable } from "./router.ts";

export const routeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("prefix"), prefix: z.string().startsWith("/") }),
  z.strictObject({ kind: z.literal("host"), host: z.string().min(1) }),
]);

export const backendSchema = z.strictObject({
  instance: z.string().min(1),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65535),
  weight: z.number().min(0).max(1_000_000),
});

export const tableSchema: z.ZodType<RouterTable> = z.strictObject({
  formatVersion: z.literal(1),
  listen: z.strictObject({ host: z.string().min(1), port: z.number().int().min(1).max(65535) }),
  epoch: z.number().int().min(0),
  services: z.array(
    z.strictObject({
      service: z.string().min(1),
      match: z.array(routeSchema),
      backends: z.array(backendSchema),
    }),
  ),
});

/** The table on disk could not be understood. It is never guessed: traffic would go somewhere nobody asked for. */
export const ROUTES_REFUSED = "routes-refused";

/** Reads `routes.json`. Throws a StepFault that says what is wrong with it. */
export function parseTable(text: string): RouterTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(`it is not whole JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = tableSchema.safeParse(value);
  if (!parsed.success) throw refused(z.prettifyError(parsed.error).replaceAll("\n", " "));
  const clash = ambiguity(parsed.data);
  if (clash !== null) throw refused(clash);
  return parsed.data;
}

/** What makes a table mean two things at once; null when it means one. */
export function ambiguity(table: RouterTable): string | null {
  const owners = new Map<string, string>();
  for (const { service, match, backends } of table.services) {
    const keys = [
      `service ${service}`,
      ...match.map((route) =>
        route.kind === "prefix"
          ? `prefix ${route.prefix.replace(/\/+$/, "") || "/"}`
          : `host ${route.host.toLowerCase()}`,
      ),
      ...backends.map((backend) => `instance ${backend.instance}`),
    ];
    for (const key of keys) {
      const owner = owners.get(key);
      if (owner !== undefined) return `${key} is named twice (${owner}, ${service})`;
      owners.set(key, service);
    }
  }
  return null;
}

const refused = (why: string) => new StepFault({ code: ROUTES_REFUSED, message: `The routes are refused: ${why}` });
