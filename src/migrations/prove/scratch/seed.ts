import { run as runCommand } from "../../../io/exec.ts";
import type { Ground, ProofCx } from "../ground.ts";
import { urlAs } from "./scratch-server.ts";

/** The services' own ways to fill their tables; one that fails is said, and rows are made up instead. */
export async function seed(ground: Ground, cx: ProofCx, database: string): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { service, role, seed: wanted, next } of ground.migrating) {
    if (wanted === null) continue;
    const [program = "", ...args] = wanted.argv;
    const url = urlAs(cx.server, role, database);
    const ran = await runCommand({
      argv: [program === "node" ? process.execPath : program, ...args],
      cwd: wanted.cwd,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "/",
        ...next?.given,
        DATABASE_URL: url,
        MIGRATION_DATABASE_URL: url,
      },
      timeout: 60_000,
      signal: cx.signal,
      killGroup: true,
    });
    cx.signal.throwIfAborted();
    const said = cx.mask(`${ran.stdout}${ran.stderr}`).trim().split("\n").at(-1) ?? "";
    notes.push(
      ran.exitCode === 0
        ? `${service}: filled by its seed`
        : `${service}: its seed failed (${ran.failure ?? `exit ${ran.exitCode}`}): ${said}`,
    );
  }
  return notes;
}
