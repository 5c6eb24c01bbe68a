import { host, httpUrl, logLevel, parseVariables, poolSize, port, postgresUrl } from "@go2asia/service-kit/variables";
import { z } from "zod";

const schema = z.object({
  PORT: port,
  HOST: host,
  LOG_LEVEL: logLevel,
  DATABASE_URL: postgresUrl,
  DATABASE_POOL_SIZE: poolSize,
  QUEUE_URL: postgresUrl,
  USER_AUTH_URL: httpUrl,
  SERVICE_TOKENS: z.string().min(1),
});

export const readVariables = (): z.output<typeof schema> =>
  parseVariables(schema, {
    PORT: process.env.PORT,
    HOST: process.env.HOST,
    LOG_LEVEL: process.env.LOG_LEVEL,
    DATABASE_URL: process.env.DATABASE_URL,
    DATABASE_POOL_SIZE: process.env.DATABASE_POOL_SIZE,
    QUEUE_URL: process.env.QUEUE_URL,
    USER_AUTH_URL: process.env.USER_AUTH_URL,
    SERVICE_TOKENS: process.env.SERVICE_TOKENS,
  });
