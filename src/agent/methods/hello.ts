import { z } from "zod";
import { method } from "../method.ts";
import { PROTOCOL_VERSION } from "../protocol.ts";

export const hello = method({
  params: z.strictObject({}),
  run: (agent) => ({ protocol: PROTOCOL_VERSION, pid: agent.pid, node: process.version }),
});
