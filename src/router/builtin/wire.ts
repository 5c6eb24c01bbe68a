import { z } from "zod";
import { StepFault } from "../../fault.ts";
import { noLatency } from "../latency.ts";
import type { RouterState } from "../router.ts";
import { tableSchema } from "../table.ts";

/** What the router is told over its control socket: one JSON line a connection, answered by one line. */
export const commandSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("apply"), table: tableSchema }),
  z.strictObject({ command: z.literal("state") }),
  z.strictObject({ command: z.literal("drained"), instance: z.string().min(1), limit: z.number().min(0) }),
]);
export type Command = z.infer<typeof commandSchema>;

const faultSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  evidence: z.string(),
  retry: z.enum(["safe", "never", "unknown"]),
});
export type WireFault = z.infer<typeof faultSchema>;

export const replySchema = z.union([z.strictObject({ result: z.unknown() }), z.strictObject({ fault: faultSchema })]);
export type Reply = z.infer<typeof replySchema>;

export const stateSchema: z.ZodType<RouterState> = z.strictObject({
  pid: z.number().int(),
  table: tableSchema,
  stats: z.array(
    z.strictObject({
      instance: z.string(),
      inFlight: z.number(),
      served: z.number(),
      failed: z.number(),
      // A router that an earlier version started counts none.
      latency: z.array(z.number()).default(noLatency),
    }),
  ),
});

/** What a fault looks like on the wire; what is not a fault is a bug of the router and says so. */
export function faultOf(error: unknown): WireFault {
  if (error instanceof StepFault) {
    return { code: error.code, message: error.message, evidence: error.evidence, retry: error.retry };
  }
  return {
    code: "router-bug",
    message: error instanceof Error ? error.message : String(error),
    evidence: error instanceof Error ? (error.stack ?? "") : "",
    retry: "unknown",
  };
}
