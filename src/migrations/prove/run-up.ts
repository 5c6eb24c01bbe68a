import { join } from "node:path";
import { applyMigrations } from "../apply-migrations.ts";
import type { MigrationRun } from "../migration-run.ts";
import { runCommand } from "../run-command.ts";
import { isOurs, wordsOfFault } from "./fault-words.ts";
import type { Ground, ProofCx, Tool } from "./ground.ts";
import { runOn, type Stretch } from "./scratch/run-on.ts";

type Up = Stretch & Readonly<{ tool: Tool | null }>;
type On = Readonly<{ ground: Ground; database: string }>;

/** Migrates a database of the scratch server as the environment's will be: by the files, or by the service's own tool. */
export async function runUp(one: Up, on: On & Partial<Pick<MigrationRun, "lockTimeout">>, cx: ProofCx): Promise<void> {
  const { ground, database, ...changes } = on;
  const run = runOn({ ground, cx, database, ...one }, changes);
  const { tool } = one;
  if (tool === null) await applyMigrations(run);
  else await runCommand(run, (signal) => tool(run.url, { signal, log: join(cx.folder, `tool-${database}.log`) }));
}

/** Null: it ran; else what it met. @throws what says nothing of the migration: the scratch server is gone, or it is called off. */
export async function whyNot(run: Promise<unknown>, signal: AbortSignal): Promise<string | null> {
  try {
    await run;
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (isOurs(error)) throw error;
    return wordsOfFault(error);
  }
}
