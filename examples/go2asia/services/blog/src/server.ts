import { answers, openDatabase } from "@go2asia/service-kit/database";
import { Outbox } from "@go2asia/service-kit/outbox";
import { Peer } from "@go2asia/service-kit/peer";
import { authenticateBy } from "@go2asia/service-kit/principal";
import { AwardQueue } from "@go2asia/service-kit/queue";
import { runService } from "@go2asia/service-kit/service";
import { Articles } from "./articles.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";
import { readVariables } from "./variables.ts";

const name = "blog";
const variables = readVariables();

runService({
  name,
  root: new URL("..", import.meta.url),
  host: variables.HOST,
  port: variables.PORT,
  logLevel: variables.LOG_LEVEL,
  build({ log, stopping }) {
    const database = openDatabase<Tables>({
      url: variables.DATABASE_URL,
      service: name,
      log,
      poolSize: variables.DATABASE_POOL_SIZE,
    });
    const queue = new AwardQueue({ url: variables.QUEUE_URL, service: name, log, stopping });
    const outbox = new Outbox({ database, queue, log });
    return {
      routes: createRoutes({
        articles: new Articles(database),
        content: new Peer("content", variables.CONTENT_URL),
        userAuth: new Peer("user-auth", variables.USER_AUTH_URL),
        authenticate: authenticateBy(variables.USER_AUTH_URL),
        wake: () => outbox.wake(),
      }),
      ready: { database: answers(database), queue: queue.answers },
      started: () => {
        queue.start(null);
        outbox.start();
      },
      close: [outbox.close, () => queue.close(), () => database.destroy()],
    };
  },
});
