import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/io/clock.ts";
import { systemRandom } from "../src/io/random.ts";
import type { MigrationRun } from "../src/migrations/migration-run.ts";
import { readMigrations } from "../src/migrations/read-migrations.ts";

/** For tests: a folder of migrations as `name: [up, down]`, and a run of all of them. */
export async function testRun(
  url: string,
  migrations: Readonly<Record<string, readonly [string, string | null]>>,
  changes: Partial<MigrationRun> = {},
): Promise<MigrationRun & { lines: string[] }> {
  const folder = join(mkdtempSync(join(tmpdir(), "sampan-run-")), "migrations");
  mkdirSync(folder);
  for (const [name, [up, down]] of Object.entries(migrations)) {
    const kind = up.includes("-- sampan: batches") ? "data" : "up";
    writeFileSync(join(folder, `${name}.${kind}.sql`), up);
    if (down !== null) writeFileSync(join(folder, `${name}.down.sql`), down);
  }
  const read = await readMigrations(folder);
  const lines: string[] = [];
  return {
    url,
    fleet: "test",
    environment: "staging",
    service: "blog",
    folder,
    files: read.migrations.map(({ name, sha256, batches }) => ({
      ...{ name, sha256, phase: batches === null ? ("expand" as const) : ("data" as const), rollback: null },
    })),
    release: "r1",
    operationId: "r1/blog.migrate/0",
    fence: 1,
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    log: (line) => lines.push(line),
    ...changes,
    lines,
  };
}
