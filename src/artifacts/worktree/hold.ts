import { join } from "node:path";
import { readTextIfThere, writeDurably } from "../../io/files.ts";
import { makeFolder, removeNow } from "../../io/folders.ts";
import { findByVariable, sendSignal } from "../../io/process.ts";
import { systemRandom } from "../../io/random.ts";
import { lockFile } from "../../io/sqlite.ts";
import type { Workshop } from "./worktree.ts";

/** In the environment of all that a build starts. */
export const BUILD_MARK = "SAMPAN_BUILD";

const POLL = 100;

/**
 * Waits until nobody else builds in this state folder, and then holds it: by a lock of the kernel's, which a process that
 * dies lets go of. What such a process left running is ended before anything else happens. `mark` is for BUILD_MARK.
 */
export async function hold(workshop: Workshop): Promise<Readonly<{ mark: string; release(): void }>> {
  const { state, clock, signal } = workshop;
  await makeFolder(state);
  let lock = lockFile(join(state, "worktree.lock"));
  if (lock === null) workshop.log("waits for another build of this fleet on this machine");
  while (lock === null) {
    await clock.sleep(POLL, signal);
    lock = lockFile(join(state, "worktree.lock"));
  }
  const held = lock;
  try {
    const using = join(state, "worktree.using");
    const left = (await readTextIfThere(using))?.trim() ?? "";
    if (/^[0-9a-f]{32}$/.test(left)) await endAll(left, workshop);
    const mark = systemRandom.hex(16);
    writeDurably(using, `${mark}\n`);
    return {
      mark,
      release: () => {
        removeNow(using);
        held.release();
      },
    };
  } catch (error) {
    held.release();
    throw error;
  }
}

/** Only what carries the mark of the dead build: its package manager and scripts, by their process groups. */
async function endAll(mark: string, workshop: Workshop): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const pid = findByVariable(BUILD_MARK).get(mark);
    if (pid === undefined) return;
    sendSignal(-pid, "SIGKILL");
    await workshop.clock.sleep(10, workshop.signal);
  }
}
