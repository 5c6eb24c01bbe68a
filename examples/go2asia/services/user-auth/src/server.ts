import { answers, openDatabase } from "@go2asia/service-kit/database";
import { authenticateWith } from "@go2asia/service-kit/principal";
import { runService } from "@go2asia/service-kit/service";
import { createLocalJWKSet } from "jose";
import { parseKeys } from "./keys.ts";
import { createRoutes } from "./routes.ts";
import type { Tables } from "./tables.ts";
import { TokenIssuer } from "./tokens.ts";
import { readVariables } from "./variables.ts";

const name = "user-auth";
const variables = readVariables();
const keys = parseKeys(variables.JWT_KEYS);

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
    const routes = createRoutes({
      database,
      keys,
      issuer: new TokenIssuer(database, keys[0]),
      authenticate: authenticateWith(createLocalJWKSet({ keys: keys.map((key) => key.published) })),
      adminEmails: new Set(
        variables.ADMIN_EMAILS.toLowerCase()
          .split(/[\s,]+/)
          .filter(Boolean),
      ),
    });
    return { routes, ready: { database: answers(database) }, close: [() => database.destroy()] };
  },
});
