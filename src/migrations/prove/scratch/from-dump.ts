import pg from "pg";
import { run as runCommand } from "../../../io/exec.ts";
import { listFolder } from "../../../io/folders.ts";
import type { Ground, ProofCx } from "../ground.ts";
import { compared, type Made } from "./compared.ts";
import { freshName } from "./databases.ts";
import { ident } from "./quote.ts";
import { withAdmin } from "./scratch-server.ts";
import type { NoTemplate } from "./template.ts";

/** `pg_dump` of the server's own major writes the schema down; what it cannot read as this role, it says. */
export async function fromDump(ground: Ground, cx: ProofCx, before: NoTemplate): Promise<Made | NoTemplate> {
  const dumped = await dump(ground, cx);
  if ("why" in dumped) return { ...before, why: `${before.why}; ${dumped.why}` };
  const database = freshName(cx);
  await withAdmin(cx.server, "postgres", (client) =>
    client.query(`create database ${ident(database)} template template0`),
  );
  try {
    await withAdmin(cx.server, database, async (client) => {
      if (ground.catalog.schemas.public === undefined || /create schema public/i.test(dumped.sql))
        await client.query("drop schema public");
      await client.query(dumped.sql);
    });
  } catch (error) {
    const message = error instanceof pg.DatabaseError ? error.message : String(error);
    return { ...before, why: `${before.why}; its dump cannot be loaded: ${message}` };
  }
  const made = await compared({ ground, cx, database, how: "dumped" });
  return "why" in made ? { why: `${before.why}; ${made.why}`, differences: made.differences } : made;
}

async function dump(ground: Ground, cx: ProofCx): Promise<Readonly<{ sql: string }> | Readonly<{ why: string }>> {
  const url = new URL(ground.url);
  const password = decodeURIComponent(url.password);
  url.password = "";
  const own = `/usr/lib/postgresql/${cx.server.major}/bin`;
  const folders = [...((await listFolder(own)) === null ? [] : [own]), ...(process.env.PATH ?? "").split(":")];
  for (const folder of folders.filter((part) => part !== "")) {
    const program = `${folder}/pg_dump`;
    const version = await runCommand({ argv: [program, "--version"], timeout: 10_000 });
    if (version.exitCode !== 0 || Number(/(\d+)/.exec(version.stdout)?.[1]) !== cx.server.major) continue;
    const ran = await runCommand({
      argv: [program, "--schema-only", "--no-publications", "--no-subscriptions", `--dbname=${url.href}`],
      env: { PATH: "/usr/bin:/bin", PGPASSWORD: password, PGCONNECT_TIMEOUT: "10", PGOPTIONS: "-c lock_timeout=200ms" },
      timeout: 120_000,
      signal: cx.signal,
      keep: 64 * 1024 * 1024,
    });
    if (ran.exitCode !== 0) return { why: `pg_dump: ${cx.mask(ran.stderr.trim().split("\n").slice(-2).join(" "))}` };
    // psql's own commands are of no use to a server.
    return { sql: ran.stdout.replaceAll(/^\\.*$/gm, "") };
  }
  return { why: `no pg_dump of PostgreSQL ${cx.server.major} is here to dump it` };
}
