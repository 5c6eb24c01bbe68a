#!/usr/bin/env node
// Writes env/<environment>.env and env/<environment>/<service>.env for an environment on this machine.
//
//   node scripts/write-env.mjs --environment staging --host 127.0.0.1 --port 5432 --listen 8080 --secrets-dir ~/.go2asia
//
// With --containers, for services in containers beside a PostgreSQL of their own, as compose.yaml has them: they reach the database
// and the router by the names that they have in there, and migrations, which run on this machine, by its --port here.
//
// The files hold passwords: git ignores them, and only their owner can read them.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  administrator,
  appRoleOf,
  checkEnvironment,
  databaseOf,
  ownerRoleOf,
  queueDatabaseOf,
  queueRoleOf,
  queueUsers,
  readOrMakeSecrets,
  services,
} from "./secrets.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    environment: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "5432" },
    listen: { type: "string", default: "8080" },
    "secrets-dir": { type: "string", default: join(root, ".secrets") },
    "storage-dir": { type: "string", default: join(root, ".storage") },
    containers: { type: "boolean", default: false },
    out: { type: "string", default: join(root, "env") },
  },
});
const environment = checkEnvironment(values.environment);
const secrets = await readOrMakeSecrets(values["secrets-dir"], environment);

const here = `${values.host}:${values.port}`;
const inside = values.containers ? "postgres:5432" : here;

function postgres(role, database, at = inside) {
  const url = new URL(`postgres://${at}/${database}`);
  url.username = role;
  url.password = secrets.passwords[role];
  return url.href;
}

async function write(file, lines) {
  await writeFile(
    file,
    `${Object.entries(lines)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n")}\n`,
    { mode: 0o600 },
  );
  await chmod(file, 0o600);
}

const router = `http://${values.containers ? "router" : "127.0.0.1"}:${values.listen}`;
const peers = { USER_AUTH_URL: router, POINTS_URL: router, CONTENT_URL: router };
const needs = {
  "user-auth": [],
  points: ["USER_AUTH_URL"],
  content: ["USER_AUTH_URL"],
  atlas: ["USER_AUTH_URL", "CONTENT_URL"],
  pulse: ["USER_AUTH_URL", "CONTENT_URL", "POINTS_URL"],
  blog: ["USER_AUTH_URL", "CONTENT_URL"],
};
const own = {
  "user-auth": { JWT_KEYS: secrets.jwtKeys },
  points: { SERVICE_TOKENS: secrets.serviceTokens },
  content: {
    STORAGE_URL: values.containers
      ? "file:///var/lib/go2asia/media"
      : pathToFileURL(join(resolve(values["storage-dir"]), environment)).href,
  },
};

await mkdir(join(values.out, environment), { recursive: true });
await write(join(values.out, `${environment}.env`), { LOG_LEVEL: "info" });
for (const service of services) {
  await write(join(values.out, environment, `${service}.env`), {
    DATABASE_URL: postgres(appRoleOf(environment, service), databaseOf(environment)),
    MIGRATION_DATABASE_URL: postgres(ownerRoleOf(environment, service), databaseOf(environment), here),
    ...(queueUsers.includes(service)
      ? { QUEUE_URL: postgres(queueRoleOf(environment), queueDatabaseOf(environment)) }
      : {}),
    ...Object.fromEntries(needs[service].map((name) => [name, peers[name]])),
    ...own[service],
  });
}
if (values.containers) {
  await write(join(values.out, environment, "postgres.env"), { POSTGRES_PASSWORD: secrets.passwords[administrator] });
}
process.stdout.write(`${join(values.out, environment)}\n`);
