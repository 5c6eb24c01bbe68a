import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { processStamp } from "../../io/process.ts";
import type { AgentConnection } from "../host.ts";

const helloSchema = z.looseObject({ pid: z.number() });

/** Milliseconds: longer than it waits for callers that do not hang up. */
const PATIENCE = 10_000;
const LOOK_EVERY = 10;

/** Tells an agent of this machine to end, and waits until it has: nothing of it runs then, and its folder is free. Faults: `agent-not-ended`. */
export async function endAgent(
  agent: AgentConnection,
  { clock, signal }: Readonly<{ clock: Clock; signal: AbortSignal }>,
): Promise<void> {
  const { pid } = helloSchema.parse(await agent.call("hello", {}, signal));
  const stamp = processStamp(pid);
  await agent.call("shutdown", {}, signal);
  agent.close();
  const until = clock.monotonic() + PATIENCE;
  while (stamp !== null && processStamp(pid) === stamp) {
    if (clock.monotonic() > until)
      throw new StepFault({
        code: "agent-not-ended",
        message: `The agent (pid ${pid}) was told to end, and still runs after ${PATIENCE / 1000} s`,
        retry: "safe",
      });
    await clock.sleep(LOOK_EVERY, signal);
  }
}
