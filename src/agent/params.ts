import { z } from "zod";
import type { Route, ServiceSpec } from "../fleet/fleet.ts";
import type { Revision, VerifiedMark } from "../plan/observed.ts";
import { scopeSchema } from "./protocol.ts";

export const name = z.string().min(1).max(200);

/** What every change carries. */
export const claimed = { scope: scopeSchema, fence: z.number().int() };

export const fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

export const variables = z.record(z.string(), z.string());

export const revision: z.ZodType<Revision> = z.strictObject({
  artifact: z.string().min(1),
  commit: z.string(),
  variables: fingerprint,
});

export const routes: z.ZodType<readonly Route[]> = z.array(
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("prefix"), prefix: z.string().startsWith("/") }),
    z.strictObject({ kind: z.literal("host"), host: z.string().min(1) }),
  ]),
);

/** Only what the agent itself goes by is checked; the rest is the planner's, kept as it came. */
export const serviceSpec = z
  .looseObject({
    name,
    port: z.number().int().nullable(),
    start: z.array(z.string()).nullable(),
    stop: z.strictObject({ drain: z.number().min(0), timeout: z.number().min(0) }),
  })
  .transform((spec) => spec as unknown as ServiceSpec);

export const mark: z.ZodType<Omit<VerifiedMark, "at">> = z.strictObject({
  service: name,
  revision,
  release: z.string(),
  restores: z.string().nullable(),
  migration: z.string().nullable(),
  held: z.array(z.string()),
  spec: serviceSpec,
  source: z.string(),
});
