import { resolve } from "node:path";
import { systemClock } from "../../io/clock.ts";
import { systemRandom } from "../../io/random.ts";
import { type Reversibility, reverseFolder } from "../../migrations/prove/folder-reversal.ts";
import { openScratch } from "../../migrations/prove/scratch/scratch-server.ts";
import { readFolder } from "../../migrations/read/read-folder.ts";
import { oneLine } from "../../plain.ts";
import { problem, Refused } from "../../problem.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { formatOf } from "../format-of.ts";
import { printJson, wantsJson } from "../output.ts";

/** Up, down and up again of every migration of a folder, of whatever tool, on a scratch server: which of them can be taken back. */
export async function proveFolder(call: Call): Promise<number> {
  const folder = resolve(String(call.options.dir));
  if (call.args[0] !== undefined)
    throw new Refused([problem("usage", "name an environment, or a folder by --dir, not both")]);
  const found = await readFolder(folder, formatOf(call.options.format));
  if (found.problems.length > 0) throw new Refused(found.problems);
  const server = await openScratch({
    major: Number(call.options.major ?? 18),
    url: process.env.SAMPAN_SCRATCH_URL || null,
    clock: systemClock,
    random: systemRandom,
    signal: call.stop,
  });
  if ("code" in server) throw new Refused([server], 3);
  const results: Reversibility[] = [];
  let databases = 0;
  const names = (): string => {
    databases += 1;
    return `sampan_folder_${process.pid}_${databases}`;
  };
  try {
    for await (const one of reverseFolder(found, { server, names, signal: call.stop })) {
      results.push(one);
      const line = `${one.verdict === "reversible" || one.verdict === "order" ? "✓" : "✗"} ${one.migration}: ${one.verdict}${one.why[0] === undefined ? "" : `: ${oneLine(one.why[0])}`}\n`;
      (wantsJson(call) ? process.stderr : process.stdout).write(line);
    }
  } finally {
    await server.stop();
  }
  if (wantsJson(call)) printJson({ formatVersion: 1, folder, format: found.format, migrations: results });
  return results.every(({ verdict }) => verdict === "reversible" || verdict === "order") ? EXIT.done : EXIT.refused;
}
