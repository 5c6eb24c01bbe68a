import type { Repository } from "../artifacts/git/repository.ts";
import { problem } from "../problem.ts";
import { type Found, failed, passed } from "./check.ts";

const SHOWN = 10;

/** What is not committed would not be released, and the release's commit would not say what runs. */
export function checkWorkingTree(repository: Pick<Repository, "dirty" | "head">): Found {
  const { dirty, head } = repository;
  if (dirty.length === 0) return passed(`git status: clean at ${head.slice(0, 7)}`);
  const names = dirty.slice(0, SHOWN).map((path) => JSON.stringify(path));
  const more = dirty.length > SHOWN ? ` and ${dirty.length - SHOWN} more` : "";
  const message = `The working tree has changes that are not committed: ${names.join(", ")}${more}`;
  return failed(`git status: ${dirty.length} changed at ${head.slice(0, 7)}`, [
    problem("dirty-working-tree", message, "Commit them, or set them aside with git stash --include-untracked"),
  ]);
}
