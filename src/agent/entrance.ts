import { z } from "zod";
import type { RouterSpec } from "../fleet/fleet.ts";
import type { RouterTable } from "../router/router.ts";

/** Where the traffic of a scope comes in, and which router takes it. */
export type Entrance = Readonly<{ listen: RouterTable["listen"]; router: RouterSpec }>;

export const listenSchema = z.strictObject({
  host: z.string().min(1).max(200),
  port: z.number().int().min(1).max(65535),
});

export const routerSchema: z.ZodType<RouterSpec> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("builtin") }),
  z.strictObject({ kind: z.literal("haproxy"), image: z.string().min(1).max(300).nullable() }),
]);

export const describe = (router: RouterSpec): string =>
  router.kind === "builtin" ? "builtin" : `HAProxy (${router.image ?? "this host's own"})`;

/** The same program: another image is the same router, taken up at its next start. */
export const sameRouter = (a: RouterSpec, b: RouterSpec): boolean => a.kind === b.kind;
