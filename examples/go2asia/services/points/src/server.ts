import { answers, openDatabase } from "@go2asia/service-kit/database";
import { authenticateBy } from "@go2asia/service-kit/principal";
import { AwardQueue } from "@go2asia/service-kit/queue";
import { runService } from "@go2asia/service-kit/service";
import { Ledger } from "./ledger.ts";
import { createRoutes } from "./routes.ts";
import { serviceTokens } from "./service-token.ts";
import type { Tables } from "./tables.ts";
import { readVariables } from "./variables.ts";

const name = "points";
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
    const ledger = new Ledger(database);
    return {
      routes: createRoutes({
        ledger,
        authenticate: authenticateBy(variables.USER_AUTH_URL),
        fromService: serviceTokens(variables.SERVICE_TOKENS),
      }),
      ready: { database: answers(database), queue: queue.answers },
      started: () =>
        queue.start(async (award) => {
          const { repeated } = await ledger.record(award);
          log.info({ externalId: award.externalId, repeated }, "awarded");
        }),
      close: [() => queue.close(), () => database.destroy()],
    };
  },
});
