import { join } from "node:path";
import { z } from "zod";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { namesIn } from "../../io/folders.ts";
import { processStamp } from "../../io/process.ts";
import { removeDurably } from "../../io/remove-durably.ts";
import { socketPath } from "../../io/socket-path.ts";

/** Null: it is being started, or whoever started it died before it could write down more. */
const schema = z.strictObject({ pid: z.number().int(), stamp: z.string() }).nullable();

/** A HAProxy that was started in this folder. The stamp tells its process from a later one with its pid. */
export type ProcessRecord = Readonly<{
  name: string;
  socket: string;
  process: Readonly<{ pid: number; stamp: string }> | null;
}>;

const SUFFIX = ".process";

export const socketOf = (folder: string, name: string): string => socketPath(folder, `${name}.sock`);

/** Written down before it is started: its socket must be found even if we die in between. */
export function recordStart(folder: string, name: string): void {
  writeDurably(join(folder, `${name}${SUFFIX}`), "null");
}

export function recordProcess(folder: string, name: string, pid: number): void {
  writeDurably(join(folder, `${name}${SUFFIX}`), JSON.stringify({ pid, stamp: processStamp(pid) ?? "" }));
}

/** Those that run, or may be about to. What is left of the others is removed. */
export async function processesIn(folder: string): Promise<readonly ProcessRecord[]> {
  const records: ProcessRecord[] = [];
  for (const file of namesIn(folder).filter((one) => one.endsWith(SUFFIX))) {
    const name = file.slice(0, -SUFFIX.length);
    const process = parse(await readTextIfThere(join(folder, file)));
    if (process !== null && processStamp(process.pid) !== process.stamp) forgetProcess(folder, name);
    else records.push({ name, socket: socketOf(folder, name), process });
  }
  return records;
}

export function forgetProcess(folder: string, name: string): void {
  removeDurably(socketOf(folder, name));
  removeDurably(join(folder, `${name}${SUFFIX}`));
}

function parse(text: string | null): ProcessRecord["process"] {
  try {
    return schema.parse(JSON.parse(text ?? "null"));
  } catch {
    return null;
  }
}
