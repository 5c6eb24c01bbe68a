import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { TestContext } from "node:test";
import { createLocalJWKSet, SignJWT } from "jose";
import pg from "pg";
import { createHttp, type Readiness, type Routes } from "./http.ts";
import { silent } from "./log.ts";
import { type Authenticate, authenticateWith, ISSUER, type Role } from "./principal.ts";

type Answer = Readonly<{ status: number; headers: Headers; body: unknown }>;
export type Ask = (
  request: `${string} /${string}`,
  given?: Readonly<{ json?: unknown; token?: string; headers?: Record<string, string> }>,
) => Promise<Answer>;

/** Asks the routes as a service would serve them, without a socket. */
export function asking(routes: Routes, ready: Readiness = {}, stopping = new AbortController().signal): Ask {
  const identity = { service: "test", version: "0.0.0", commit: null, artifact: null };
  const app = createHttp({ identity, log: silent, routes, ready, stopping });
  return async (request, given = {}) => {
    const [method = "GET", path = "/"] = request.split(" ");
    const headers = new Headers(given.headers);
    if (given.json !== undefined) headers.set("content-type", "application/json");
    if (given.token !== undefined) headers.set("authorization", `Bearer ${given.token}`);
    const body = given.json === undefined ? {} : { body: JSON.stringify(given.json) };
    const response = await app.request(path, { method, headers, ...body });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: asJson(text) };
  };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Signer = Readonly<{
  authenticate: Authenticate;
  token(role: Role, given?: Readonly<{ userId?: string; expires?: string; kid?: string }>): Promise<string>;
}>;

/** Stands in for user-auth: signs with a key of its own, which `authenticate` accepts. */
export function signer(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const published = { ...publicKey.export({ format: "jwk" }), kty: "OKP", kid: "test", alg: "EdDSA" };
  return {
    authenticate: authenticateWith(createLocalJWKSet({ keys: [published] })),
    token: (role, { userId = randomUUID(), expires = "1m", kid = "test" } = {}) =>
      new SignJWT({ role })
        .setProtectedHeader({ alg: "EdDSA", kid })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey),
  };
}

export type Scratch = Readonly<{
  url: string;
  up(): Promise<void>;
  down(): Promise<void>;
  tables(): Promise<string[]>;
}>;

/**
 * A schema of its own in TEST_DATABASE_URL with the service's migrations applied; gone after the test. Null, with the
 * reason printed by the runner, when the variable is not set.
 */
export async function scratchDatabase(t: TestContext, migrations: URL): Promise<Scratch | null> {
  const base = process.env.TEST_DATABASE_URL;
  if (base === undefined || base === "") {
    t.skip("TEST_DATABASE_URL is not set: this test needs a PostgreSQL in which it may create a schema");
    return null;
  }
  const schema = `test_${randomBytes(6).toString("hex")}`;
  const url = new URL(base);
  url.searchParams.set("options", `-c search_path=${schema}`);
  const query = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const apply = async (suffix: ".up.sql" | ".down.sql"): Promise<void> => {
    const files = (await readdir(migrations)).filter((file) => file.endsWith(suffix)).sort();
    if (suffix === ".down.sql") files.reverse();
    for (const file of files) await query(await readFile(new URL(file, migrations), "utf8"));
  };
  await query(`create schema ${schema}`);
  t.after(() => query(`drop schema ${schema} cascade`));
  await apply(".up.sql");
  return {
    url: url.href,
    up: () => apply(".up.sql"),
    down: () => apply(".down.sql"),
    async tables() {
      const found = await query(`select tablename from pg_tables where schemaname = '${schema}' order by 1`);
      return found.rows.map((row: { tablename: string }) => row.tablename);
    },
  };
}

/** Where no PostgreSQL is: for tests of what is refused before a database is asked. */
export const NO_DATABASE = "postgres://nobody@127.0.0.1:1/none";
