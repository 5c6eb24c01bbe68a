import { z } from "zod";
import { freeBytes } from "../../io/free-bytes.ts";
import { method } from "../method.ts";

const infoSchema = z.looseObject({
  ServerVersion: z.string(),
  Architecture: z.string().default(""),
  Driver: z.string().default(""),
  DockerRootDir: z.string().default(""),
  LoggingDriver: z.string().default(""),
});

/** What containers run on here. */
export const engine = method({
  params: z.strictObject({}),
  run: async (agent) => {
    const engine = await agent.containers.engine();
    const { body } = await engine.expect({ method: "GET", path: "/info" }, "The engine tells nothing of itself");
    const { ServerVersion, Architecture, Driver, DockerRootDir, LoggingDriver } = infoSchema.parse(body);
    return {
      socket: engine.socket,
      version: ServerVersion,
      api: engine.version.replace("/v", ""),
      architecture: Architecture,
      storage: Driver,
      logging: LoggingDriver,
      /** Null: its folder cannot be seen from here. */
      free: freeBytes(DockerRootDir),
    };
  },
});
