import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { MigrationRun } from "../../src/migrations/migration-run.ts";

const program = fileURLToPath(new URL("./runner.ts", import.meta.url));

/** Runs migrations in a process of its own. */
export function deployer({ signal, clock, random, log, ...run }: MigrationRun): {
  child: ChildProcess;
  ended: Promise<Readonly<{ changed?: readonly string[]; code?: string; retry?: string; message?: string }> | null>;
} {
  const child = spawn(process.execPath, [program, JSON.stringify(run)], { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const ended = new Promise<never | null>((resolve) => {
    child.once("close", () => resolve(out === "" ? null : (JSON.parse(out) as never)));
  });
  return { child, ended };
}
