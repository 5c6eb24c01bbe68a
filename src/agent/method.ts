import type { z } from "zod";
import type { Agent } from "./agent.ts";

/** One verb of the agent. What it does goes on when its caller hangs up. */
export type Method<P, R> = Readonly<{
  kind: "call";
  params: z.ZodType<P>;
  run(agent: Agent, params: P): Promise<R> | R;
}>;

/** A verb that answers with many items, until its caller hangs up. */
export type Stream<P, I> = Readonly<{
  kind: "stream";
  params: z.ZodType<P>;
  items(agent: Agent, params: P, signal: AbortSignal): AsyncIterable<I>;
}>;

export const method = <P, R>(definition: Omit<Method<P, R>, "kind">): Method<P, R> => ({ kind: "call", ...definition });

export const stream = <P, I>(definition: Omit<Stream<P, I>, "kind">): Stream<P, I> => ({
  kind: "stream",
  ...definition,
});
