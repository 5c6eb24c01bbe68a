import { StepFault } from "../../fault.ts";
import { removeFolder } from "../../io/folders.ts";
import { makeFolder } from "../../io/make-folder.ts";
import type { Random } from "../../io/random.ts";
import type { RouterTable } from "../router.ts";
import { CONFIGURATION, SOCKET_VARIABLE } from "./config.ts";
import { save } from "./disk.ts";
import type { Launch } from "./launch.ts";
import { poolsFor } from "./placement.ts";

export type HaproxyTrial = Readonly<{
  /** Absolute: a folder beside the routers', which is gone afterwards. */
  folder: string;
  listen: RouterTable["listen"];
  launch: Launch;
  random: Random;
  signal: AbortSignal;
}>;

/**
 * Would a HAProxy start here with what Sampan writes for it? Listens on nothing. Faults: `haproxy-missing`, `haproxy-too-old`,
 * `haproxy-refuses`, and of an image those of its pull.
 */
export async function tryHaproxy({ folder, listen, launch, random, signal }: HaproxyTrial): Promise<void> {
  await launch.check(signal);
  const scratch = `${folder}-trial-${random.hex(3)}`;
  makeFolder(scratch);
  try {
    const table: RouterTable = { formatVersion: 1, listen, epoch: 0, services: [] };
    await save(scratch, { table, placements: [], pools: poolsFor(table) }, random);
    // It is not made: only its form counts, and a long path would be refused.
    const env = { [SOCKET_VARIABLE]: "/trial.sock" };
    const args = ["-c", "-f", CONFIGURATION];
    const { exitCode, said } = await launch.end({ folder: scratch, args, env, signal });
    if (exitCode !== 0) throw refuses(exitCode, said);
  } finally {
    await removeFolder(scratch);
  }
}

function refuses(exitCode: number | null, said: string): StepFault {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const first = lines.find((line) => /\[ALERT\]/.test(line)) ?? lines[0] ?? `it ended with ${exitCode}`;
  return new StepFault({
    code: "haproxy-refuses",
    message: `HAProxy refuses the configuration that Sampan writes for it: ${first.replace(/^.*\[ALERT\]\s*(?:\(\d+\))?\s*:?\s*/, "")}`,
    evidence: lines.slice(0, 8).join("\n"),
  });
}
