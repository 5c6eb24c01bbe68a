import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { ChecklistItem } from "../gates/approval/checklist.ts";
import { run } from "../io/exec.ts";
import { fileDigest } from "../io/file-digest.ts";
import { problem, Refused } from "../problem.ts";
import type { Mask } from "../variables/mask.ts";
import type { Workplace } from "./workplace.ts";

/** Milliseconds that a command which proves an item may take. */
const PATIENCE = 10 * 60_000;
/** Characters of what it printed that are kept: the last ones. */
const KEPT = 4096;

export type Shown = Readonly<{
  at: Pick<Workplace, "processEnv" | "signal">;
  item: ChecklistItem;
  /** What the person wrote; null: nothing. */
  given: string | null;
  /** What is run for it; empty: nothing. */
  command: readonly string[];
  /** Where files and commands are looked for. */
  folder: string;
  /** Hides the environment's secrets in what is kept. */
  mask: Mask;
}>;

/**
 * What is kept as an item's evidence: of a file its hash and not what is in it, of a command what it printed, else the person's words.
 * @throws Refused where the file is not there, or the command fails.
 */
export async function shownEvidence({ at, item, given, command, folder, mask }: Shown): Promise<string | null> {
  const refuse = (message: string, hint: string): Refused =>
    new Refused([problem("confirmation-refused", `${item.id}: ${message}`, hint)]);
  const [program, ...args] = command;
  if (program !== undefined) {
    if (item.evidence !== "output")
      throw refuse("it takes no command's output", "leave the command away, or let the item say evidence: output");
    const ran = await run({
      argv: [program, ...args],
      ...{ cwd: folder, env: at.processEnv, timeout: PATIENCE, signal: at.signal, killGroup: true },
    });
    at.signal.throwIfAborted();
    const ended = ran.failure ?? `exit ${ran.exitCode}`;
    if (ran.failure !== null || ran.exitCode !== 0)
      throw refuse(`\`${program}\` did not end well: ${ended}`, "an item is confirmed by a command that ends with 0");
    const said = stripVTControlCharacters(`${ran.stdout}${ran.stderr}`).trim();
    return mask(`$ ${command.join(" ")}\n${said.slice(-KEPT)}`);
  }
  if (given === null) return null;
  if (item.evidence !== "file") return mask(given);
  const file = await fileDigest(resolve(folder, given));
  if (file === null) throw refuse(`there is no file ${JSON.stringify(given)}`, "name the file that shows it");
  return mask(`${given} (${file.bytes} bytes, sha256:${file.sha256})`);
}
