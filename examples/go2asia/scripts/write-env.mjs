#!/usr/bin/env node
// Writes env/<environment>.env and env/<environment>/<service>.env for an environment on this machine.
//
//   node scripts/write-env.mjs --environment staging --host 127.0.0.1 --port 5432 --listen 8080 --secrets-dir ~/.go2asia
//
// The files hold passwords: git ignores them, and only their owner can read them.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
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
    out: { type: "string", default: join(root, "env") },
  },
});
const environment = checkEnvironment(values.environment);
const secrets = await readOrMakeSecrets(values["secrets-dir"], environment);

function postgres(role, database) {
  const url = new URL(`postgres://${values.host}:${values.port}/${database}`);
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

const router = `http://127.0.0.1:${values.listen}`;
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
  content: { STORAGE_URL: pathToFileURL(join(resolve(values["storage-dir"]), environment)).href },
};

await mkdir(join(values.out, environment), { recursive: true });
await write(join(values.out, `${environment}.env`), { LOG_LEVEL: "info" });
for (const service of services) {
  await write(join(values.out, environment, `${service}.env`), {
    DATABASE_URL: postgres(appRoleOf(environment, service), databaseOf(environment)),
    MIGRATION_DATABASE_URL: postgres(ownerRoleOf(environment, service), databaseOf(environment)),
    ...(queueUsers.includes(service)
      ? { QUEUE_URL: postgres(queueRoleOf(environment), queueDatabaseOf(environment)) }
      : {}),
    ...Object.fromEntries(needs[service].map((name) => [name, peers[name]])),
    ...own[service],
  });
}
process.stdout.write(`${join(values.out, environment)}\n`);
