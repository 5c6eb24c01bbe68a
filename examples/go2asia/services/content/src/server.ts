import { answers, openDatabase } from "@go2asia/service-kit/database";
import { authenticateBy } from "@go2asia/service-kit/principal";
import { runService } from "@go2asia/service-kit/service";
import { openStorage } from "@go2asia/service-kit/storage";
import { Items } from "./items.ts";
import { createMediaRoutes } from "./media.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";
import { readVariables } from "./variables.ts";

const name = "content";
const variables = readVariables();
const storage = openStorage(variables.STORAGE_URL);

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
    const authenticate = authenticateBy(variables.USER_AUTH_URL);
    const routes = createRoutes({ items: new Items(database), authenticate });
    routes.route("/", createMediaRoutes({ database, storage, authenticate }));
    return {
      routes,
      ready: { database: answers(database), storage: () => storage.answers() },
      close: [() => database.destroy()],
    };
  },
});
