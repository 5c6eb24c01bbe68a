import { join } from "node:path";
import { writeDurably } from "../../io/files.ts";
import { readSource } from "../source/read-source.ts";
import type { Buildable } from "../source/source.ts";
import { checkout } from "./checkout.ts";
import { orDiskFull } from "./disk-full.ts";
import { BUILD_MARK, hold } from "./hold.ts";
import { install } from "./install.ts";
import type { Workshop, Worktree } from "./worktree.ts";

/**
 * Calls `use` with a commit checked out under the state folder and its dependencies installed. The user's working tree
 * is not touched and nothing of it gets in: no ignored .env, no stale dist. One caller at a time, on this machine: do not
 * call it from within `use`.
 */
export async function withWorktree<T>(
  at: Readonly<{ workshop: Workshop; commit: string; services: readonly Buildable[] }>,
  use: (worktree: Worktree) => Promise<T>,
): Promise<T> {
  const { workshop, commit } = at;
  const held = await hold(workshop).catch((error: unknown) => {
    throw orDiskFull(error, workshop.state);
  });
  try {
    // A state folder inside the repository must not make the working tree dirty.
    writeDurably(join(workshop.state, ".gitignore"), "*\n");
    const folder = join(workshop.state, "worktree");
    const { root, prefix, signal } = workshop;
    const source = await readSource({ root, prefix, commit, signal }, at.services);
    await checkout({ root, folder, commit, signal });
    const env = { ...workshop.env, [BUILD_MARK]: held.mark };
    const worktree = { workshop, root: join(folder, prefix), commit, source, env, built: new Map() };
    await install(worktree);
    return await use(worktree);
  } catch (error) {
    throw orDiskFull(error, workshop.state);
  } finally {
    held.release();
  }
}
