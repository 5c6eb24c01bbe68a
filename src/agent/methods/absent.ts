import { z } from "zod";
import { absentOf } from "../docker/absent.ts";
import { method } from "../method.ts";

const thing = z.strictObject({ kind: z.enum(["network", "volume", "file"]), name: z.string().min(1).max(4096) });

/** Which of these are not on this host: networks and volumes of the engine, files and folders. Changes nothing. */
export const absent = method({
  params: z.strictObject({ things: z.array(thing).max(10_000) }),
  run: async (agent, { things }) => absentOf(await agent.containers.engine(), things),
});
