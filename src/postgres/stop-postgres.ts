import { join } from "node:path";
import { StepFault } from "../fault.ts";
import { type Clock, systemClock } from "../io/clock.ts";
import { commandLine } from "../io/command-line.ts";
import { readTextIfThere } from "../io/files.ts";
import { processStamp, sendSignal } from "../io/process.ts";

/**
 * Stops the server that runs on this folder, if one does: fast shutdown, and after 30 s the immediate one (which loses
 * nothing that was committed). It is found by PostgreSQL's own pid file, whoever started it.
 */
export async function stopPostgres(folder: string, clock: Clock = systemClock): Promise<void> {
  const pidFile = join(folder, "data", "postmaster.pid");
  for (const [signal, patience] of [
    ["SIGINT", 30_000],
    ["SIGQUIT", 10_000],
  ] as const) {
    const lines = ((await readTextIfThere(pidFile)) ?? "").split("\n");
    const pid = Number(lines[0]);
    // A file left behind by a killed server may name a pid that somebody else has got since.
    if (!(pid > 1) || commandLine(pid)?.includes(join(folder, "data")) !== true) return;
    const stamp = processStamp(pid);
    if (stamp === null || !sendSignal(pid, signal)) return;
    const until = clock.monotonic() + patience;
    while (clock.monotonic() < until) {
      if (processStamp(pid) !== stamp) return;
      await clock.sleep(20);
    }
  }
  throw new StepFault({
    code: "postgres-not-stopped",
    message: `the PostgreSQL on ${folder} did not stop within 40 s`,
    retry: "safe",
  });
}
