import { answers, openDatabase } from "@go2asia/service-kit/database";
import { Peer } from "@go2asia/service-kit/peer";
import { authenticateBy } from "@go2asia/service-kit/principal";
import { runService } from "@go2asia/service-kit/service";
import { Places } from "./places.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";
import { readVariables } from "./variables.ts";

const name = "atlas";
const variables = readVariables();

runService({
  name,
  root: new URL("..", import.meta.url),
  host: variables.HOST,
  port: variables.PORT,
  logLevel: variables.LOG_LEVEL,
  build({ log }) {
    const database = openDatabase<Tables>({
      url: variables.DATABASE_URL,
      service: name,
      log,
      poolSize: variables.DATABASE_POOL_SIZE,
    });
    return {
      routes: createRoutes({
        places: new Places(database),
        content: new Peer("content", variables.CONTENT_URL),
        authenticate: authenticateBy(variables.USER_AUTH_URL),
      }),
      ready: { database: answers(database) },
      close: [() => database.destroy()],
    };
  },
});
