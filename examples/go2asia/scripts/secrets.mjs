// The passwords, keys and tokens of one environment: made once, kept in a file that only its owner reads.
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Services that own a schema, and those of them that use the queue. */
export const services = ["user-auth", "points", "content", "atlas", "pulse", "blog"];
export const queueUsers = ["points", "pulse", "blog"];

export const schemaOf = (service) => service.replaceAll("-", "_");
export const databaseOf = (environment) => `go2asia_${environment}`;
export const queueDatabaseOf = (environment) => `go2asia_${environment}_queue`;
/** Roles belong to a whole PostgreSQL server, which environments may share: their names say whose they are. */
export const appRoleOf = (environment, service) => `go2asia_${environment}_${schemaOf(service)}_app`;
export const ownerRoleOf = (environment, service) => `go2asia_${environment}_${schemaOf(service)}_owner`;
export const queueRoleOf = (environment) => `go2asia_${environment}_queue`;

const word = () => randomBytes(24).toString("base64url");

/** As the administrator of the environment's own server, where it has one in a container. */
export const administrator = "postgres";

/** Reads `<folder>/<environment>.json`, adding what is missing. */
export async function readOrMakeSecrets(folder, environment) {
  const file = join(folder, `${environment}.json`);
  const known = await readFile(file, "utf8").then(JSON.parse, (error) => {
    if (error.code === "ENOENT") return {};
    throw error;
  });
  const passwords = { ...known.passwords };
  for (const service of services) {
    passwords[appRoleOf(environment, service)] ??= word();
    passwords[ownerRoleOf(environment, service)] ??= word();
  }
  passwords[queueRoleOf(environment)] ??= word();
  passwords[administrator] ??= word();
  const secrets = {
    passwords,
    jwtKeys: known.jwtKeys ?? `${new Date().toISOString().slice(0, 10)}:${randomBytes(32).toString("base64url")}`,
    serviceTokens: known.serviceTokens ?? word(),
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return secrets;
}

export function checkEnvironment(name) {
  if (!/^[a-z][a-z0-9]{0,19}$/.test(name ?? "")) throw new Error("--environment: lower-case letters and digits");
  return name;
}
