#!/usr/bin/env node
// Creates what an environment has of PostgreSQL: two databases, the roles and schemas of each service. Running it again changes
// nothing but passwords, which become those of the secrets folder.
//
//   node scripts/bootstrap-database.mjs --environment staging --secrets-dir ~/.go2asia
//
// The administrator's URL is read from ADMIN_DATABASE_URL: on a command line, other users of the machine would see its password.
// With --port instead, it is the environment's own server, in a container, with the password that write-env.mjs gave it.
import { parseArgs } from "node:util";
import pg from "pg";
import {
  administrator,
  appRoleOf,
  checkEnvironment,
  databaseOf,
  ownerRoleOf,
  queueDatabaseOf,
  queueRoleOf,
  readOrMakeSecrets,
  schemaOf,
  services,
} from "./secrets.mjs";

const { values } = parseArgs({
  options: {
    environment: { type: "string" },
    port: { type: "string" },
    "secrets-dir": { type: "string", default: ".secrets" },
  },
});
const environment = checkEnvironment(values.environment);
const { passwords } = await readOrMakeSecrets(values["secrets-dir"], environment);
const ownServer =
  values.port && `postgres://${administrator}:${passwords[administrator]}@127.0.0.1:${values.port}/postgres`;
const adminUrl = ownServer ?? process.env.ADMIN_DATABASE_URL;
if (!adminUrl) throw new Error("ADMIN_DATABASE_URL is not set, and there is no --port");

const id = pg.escapeIdentifier;
const literal = pg.escapeLiteral;
const database = databaseOf(environment);
const queueDatabase = queueDatabaseOf(environment);

async function connected(name, work) {
  const url = new URL(adminUrl);
  if (name !== null) url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function role(client, name) {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [name]);
  const verb = rowCount === 0 ? "create" : "alter";
  await client.query(`${verb} role ${id(name)} login password ${literal(passwords[name])}`);
}

async function ownDatabase(client, name) {
  const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
  if (rowCount === 0) await client.query(`create database ${id(name)}`);
  // Who may connect is said per role: staging's roles must not even see production.
  await client.query(`revoke all on database ${id(name)} from public`);
}

await connected(null, async (client) => {
  for (const service of services) {
    await role(client, appRoleOf(environment, service));
    await role(client, ownerRoleOf(environment, service));
  }
  await role(client, queueRoleOf(environment));
  await ownDatabase(client, database);
  await ownDatabase(client, queueDatabase);
  // pg-boss makes and upgrades its own schema.
  await client.query(`grant connect, create on database ${id(queueDatabase)} to ${id(queueRoleOf(environment))}`);
  for (const service of services) {
    const schema = schemaOf(service);
    for (const name of [appRoleOf(environment, service), ownerRoleOf(environment, service)]) {
      await client.query(`grant connect on database ${id(database)} to ${id(name)}`);
      await client.query(`alter role ${id(name)} in database ${id(database)} set search_path = ${id(schema)}`);
    }
  }
});

await connected(database, async (client) => {
  await client.query("revoke all on schema public from public");
  const { rows } = await client.query("select current_user as me");
  for (const service of services) {
    const schema = id(schemaOf(service));
    const app = id(appRoleOf(environment, service));
    const owner = id(ownerRoleOf(environment, service));
    // An administrator who is no superuser must be a member to hand over a schema.
    await client.query(`grant ${owner} to ${id(rows[0].me)}`);
    await client.query(`create schema if not exists ${schema} authorization ${owner}`);
    await client.query(`grant usage on schema ${schema} to ${app}`);
    const whatOwnerMakes = `alter default privileges for role ${owner} in schema ${schema} grant`;
    await client.query(`${whatOwnerMakes} select, insert, update, delete on tables to ${app}`);
    await client.query(`${whatOwnerMakes} usage, select on sequences to ${app}`);
  }
});

process.stdout.write(`${database} and ${queueDatabase} are ready\n`);
