import { once } from "node:events";
import type { Socket } from "node:net";
import { z } from "zod";
import { StepFault } from "../fault.ts";
import type { Agent } from "./agent.ts";
import { faultOf } from "./fault-of.ts";
import { linesOf } from "./lines.ts";
import type { Method, Stream } from "./method.ts";
import { methods } from "./methods.ts";
import type { AgentReply } from "./protocol.ts";

const requestSchema = z.strictObject({ id: z.number().int(), method: z.string(), params: z.unknown() });

/** Where replies go and how long anybody listens. */
type Caller = Readonly<{ socket: Socket; signal: AbortSignal; statePath: string }>;

const verbs: ReadonlyMap<string, Method<unknown, unknown> | Stream<unknown, unknown>> = new Map(
  Object.entries(methods) as [string, Method<unknown, unknown> | Stream<unknown, unknown>][],
);

/** Answers one connection until it closes. Requests run side by side; none of them, however it fails, ends the agent. */
export async function serve(agent: Agent, socket: Socket, statePath: string): Promise<void> {
  const hungUp = new AbortController();
  const caller: Caller = { socket, signal: hungUp.signal, statePath };
  // A write to somebody who has gone is no news: reading ends as well.
  socket.on("error", () => undefined);
  socket.once("close", () => hungUp.abort(new Error("the caller hung up")));
  try {
    for await (const line of linesOf(socket)) {
      if (line.trim() !== "") void answer(agent, line, caller);
    }
    socket.end();
  } catch (error) {
    await send(caller, { id: 0, fault: faultOf(error, statePath) });
    socket.destroy();
  }
}

async function answer(agent: Agent, line: string, caller: Caller): Promise<void> {
  let id = 0;
  try {
    const request = parse(line);
    id = request.id;
    const verb = verbs.get(request.method);
    if (verb === undefined) {
      throw new StepFault({
        code: "no-such-method",
        message: `This agent has no method ${JSON.stringify(request.method)}`,
      });
    }
    const params = verb.params.parse(request.params);
    if (verb.kind === "call") {
      await send(caller, { id, result: (await verb.run(agent, params)) ?? null });
      return;
    }
    for await (const item of verb.items(agent, params, caller.signal)) {
      if (caller.signal.aborted) return;
      await send(caller, { id, item });
    }
    await send(caller, { id, result: null });
  } catch (error) {
    await send(caller, { id, fault: faultOf(error, caller.statePath) }).catch(() => undefined);
  }
}

function parse(line: string): z.infer<typeof requestSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new StepFault({ code: "malformed", message: `A request is not JSON: ${(error as Error).message}` });
  }
  return requestSchema.parse(value);
}

/** Resolves when the caller can take more, so that a slow one costs the agent no memory. */
async function send({ socket, signal }: Caller, reply: AgentReply): Promise<void> {
  if (socket.destroyed || socket.write(`${JSON.stringify(reply)}\n`)) return;
  await once(socket, "drain", { signal }).catch(() => undefined);
}
