import { expect, test } from "vitest";
import { plannedOf } from "../../test/fleet-samples.ts";
import { testRun } from "../../test/migration-run.ts";
import { query, testPostgres } from "../../test/postgres.ts";
import { runLogged } from "../artifacts/worktree/run-logged.ts";
import { appliedMigrations } from "./applied-migrations.ts";
import { runCommand } from "./run-command.ts";

const postgres = testPostgres();

/** A tool of a service's own: node itself, with the driver of this repository. */
const tool = (run: { url: string; folder: string }, sql: string) => (signal: AbortSignal) =>
  runLogged({
    argv: [
      process.execPath,
      "--input-type=module",
      "--eval",
      `import pg from ${JSON.stringify(import.meta.resolve("pg"))};
       const client = new pg.Client(process.env.URL);
       await client.connect();
       console.log("migrating");
       await client.query(${JSON.stringify(sql)});
       await client.end();`,
    ],
    cwd: "/",
    env: { URL: run.url },
    signal,
    log: `${run.folder}/tool.log`,
  });

test("a tool of the service's own runs once for an artifact, and what it changed is told", async () => {
  const url = await postgres.database();
  const base = await testRun(url, {});
  const run = { ...base, files: [plannedOf("command@0123456789ab", { sha256: "0123" })] };
  const outcome = await runCommand(run, tool(run, "create table made (id int)"));
  expect(outcome.changed).toEqual(["command@0123456789ab"]);
  expect(run.lines.join("\n")).toMatch(/changed by .*made/);
  expect(await runCommand(run, tool(run, "create table made (id int)"))).toMatchObject({ changed: [] });
  expect(await appliedMigrations(url)).toMatchObject([{ name: "command@0123456789ab" }]);
});

test("one that fails is told with its output, and is run again the next time", async () => {
  const url = await postgres.database();
  const base = await testRun(url, {});
  const run = { ...base, files: [plannedOf("command@0123456789ab")] };
  await expect(runCommand(run, tool(run, "create tabel made (id int)"))).rejects.toMatchObject({
    code: "migration-command-failed",
    message: expect.stringContaining("exit code 1"),
    evidence: expect.stringContaining('syntax error at or near "tabel"'),
  });
  expect(await query(url, "select from sampan_migrations")).toEqual([]);
  await expect(
    runCommand(run, (signal) =>
      runLogged({ argv: ["no-such-tool"], cwd: "/", env: {}, signal, log: `${run.folder}/x.log` }),
    ),
  ).rejects.toMatchObject({ code: "migration-command-missing" });
});
