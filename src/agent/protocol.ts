import { z } from "zod";

/**
 * What the agent is told, as newline-delimited JSON over its Unix socket (later over SSH's stdin): one request a line,
 * answers carry the request's id; a streaming answer sends `item` lines before its last. No shell text is ever built from it.
 */
export const PROTOCOL_VERSION = 7;

/** Every name, fence, mark and route on a host is keyed by these two. */
export const scopeSchema = z.strictObject({ fleet: z.string().min(1), environment: z.string().min(1) });
export type Scope = z.infer<typeof scopeSchema>;

/** A scope as a key of maps. */
export const keyOf = ({ fleet, environment }: Scope): string => JSON.stringify([fleet, environment]);

export type AgentReply = Readonly<
  | { id: number; item: unknown }
  | { id: number; result: unknown }
  | {
      id: number;
      fault: Readonly<{ code: string; message: string; evidence: string; retry: "safe" | "never" | "unknown" }>;
    }
>;
