import { host, logLevel, parseVariables, poolSize, port, postgresUrl } from "@go2asia/service-kit/variables";
import { z } from "zod";

const schema = z.object({
  PORT: port,
  HOST: host,
  LOG_LEVEL: logLevel,
  DATABASE_URL: postgresUrl,
  DATABASE_POOL_SIZE: poolSize,
  JWT_KEYS: z.string().min(1),
  ADMIN_EMAILS: z.string().default(""),
});

export const readVariables = (): z.output<typeof schema> =>
  parseVariables(schema, {
    PORT: process.env.PORT,
    HOST: process.env.HOST,
    LOG_LEVEL: process.env.LOG_LEVEL,
    DATABASE_URL: process.env.DATABASE_URL,
    DATABASE_POOL_SIZE: process.env.DATABASE_POOL_SIZE,
    JWT_KEYS: process.env.JWT_KEYS,
    ADMIN_EMAILS: process.env.ADMIN_EMAILS,
  });
