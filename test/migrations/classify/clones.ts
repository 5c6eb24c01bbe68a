import pg from "pg";
import { cloneDatabase } from "../../../src/postgres/clone-database.ts";
import { type Answers, type At, answersOf, prepareDatabase } from "./measure.ts";
import { OLD_SCHEMA } from "./old-schema.ts";

/** A server that may be thrown away, by the URL of one of its databases as its superuser. */
export type Scratch = (database: string) => string;

/** Copies of the old database, each used once. */
export async function makeClones(scratch: Scratch) {
  const admin = async (sql: string, database = "postgres"): Promise<void> => {
    const client = new pg.Client({ connectionString: scratch(database) });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  // Nothing here outlives the test.
  await admin("alter system set fsync = off");
  await admin("alter system set full_page_writes = off");
  await admin("select pg_reload_conf()");
  await admin("create database old");
  await admin(OLD_SCHEMA, "old");
  let made = 0;
  const clone = async (before: readonly string[]): Promise<Readonly<{ owner: string; app: string; name: string }>> => {
    made += 1;
    const name = `case_${made}`;
    await cloneDatabase({ adminUrl: scratch("postgres"), template: "old", name });
    const owner = scratch(name);
    await prepareDatabase(owner, before);
    const app = new URL(owner);
    app.username = app.password = "app";
    return { owner, app: app.href, name };
  };
  const answer = async (before: readonly string[]): Promise<Answers> => {
    const twin = await clone(before);
    const answers = await answersOf(twin.app);
    await admin(`drop database ${twin.name} with (force)`);
    return answers;
  };
  const untouched = await answer([]);
  return async <Result>(
    before: readonly string[],
    use: (at: At & { name: string }) => Promise<Result>,
  ): Promise<Result> => {
    const at = { ...(await clone(before)), before: before.length === 0 ? untouched : await answer(before) };
    const result = await use(at);
    await admin(`drop database ${at.name} with (force)`);
    return result;
  };
}
