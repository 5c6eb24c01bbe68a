import { StepFault } from "../fault.ts";
import type { Migration } from "./migration.ts";
import type { MigrationRun } from "./migration-run.ts";
import { readMigrations } from "./read-migrations.ts";

/** The migrations of the plan as the artifact has them: what was approved is what runs. */
export async function approvedMigrations(run: MigrationRun): Promise<readonly Migration[]> {
  const { migrations, problems } = await readMigrations(run.folder, { format: run.format ?? null });
  const there = new Map(migrations.map((migration) => [migration.name, migration]));
  return run.files.map(({ name, sha256 }) => {
    const migration = there.get(name);
    const mine = problems.filter(({ file }) => file?.includes(`/${name}.`));
    if (migration === undefined || migration.sha256 !== sha256 || mine.length > 0) {
      throw new StepFault({
        code: "migration-changed",
        message: `${run.service}: ${name} is not what was planned`,
        evidence: mine.map(({ message }) => message).join("\n") || `its file is ${migration ? "another" : "gone"}`,
      });
    }
    return migration;
  });
}
