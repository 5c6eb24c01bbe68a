import type { Worktree } from "../artifacts/worktree/worktree.ts";

export type OpenWorktree = <T>(use: (worktree: Worktree) => Promise<T>) => Promise<T>;

/**
 * Opens a worktree when it is first asked for and holds it until `use` has ended: a run whose tests are all known from before
 * checks nothing out.
 */
export async function withLazyWorktree<T>(
  open: OpenWorktree,
  use: (worktree: () => Promise<Worktree>) => Promise<T>,
): Promise<T> {
  const done = Promise.withResolvers<void>();
  let holding: Promise<void> | null = null;
  let opened: Promise<Worktree> | null = null;
  const get = () => {
    if (opened === null) {
      const given = Promise.withResolvers<Worktree>();
      opened = given.promise;
      holding = open(async (worktree) => {
        given.resolve(worktree);
        await done.promise;
      });
      holding.catch(given.reject);
    }
    return opened;
  };
  try {
    return await use(get);
  } finally {
    done.resolve();
    // What went wrong on opening was told to whoever asked for it.
    await (holding as Promise<void> | null)?.catch(() => undefined);
  }
}
