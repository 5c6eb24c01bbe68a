import { problem, Refused } from "../../problem.ts";
import { type GitAt, tryGit } from "./git.ts";

export type TreeEntry = Readonly<{ mode: string; oid: string }>;

/** Every file and folder of a commit under `prefix`, by its path relative to there; `""` is the folder itself. */
export type Tree = ReadonlyMap<string, TreeEntry>;

const FOLDER = "040000";
export const SYMLINK = "120000";

/** What a commit holds never changes: read once, however often it is asked for. */
const known = new Map<string, Promise<Tree>>();

/** One call, however many services there are. */
export function readTree(at: GitAt, from: Readonly<{ commit: string; prefix: string }>): Promise<Tree> {
  const key = JSON.stringify([at.folder, from.commit, from.prefix]);
  const reading = known.get(key) ?? read(at, from);
  known.set(key, reading);
  reading.catch(() => known.delete(key));
  return reading;
}

async function read(at: GitAt, from: Readonly<{ commit: string; prefix: string }>): Promise<Tree> {
  const top = `${from.commit}:${from.prefix.replace(/\/$/, "")}`;
  const [self, listed] = await Promise.all([
    tryGit(at, { args: ["rev-parse", "--verify", "--quiet", "--end-of-options", top] }),
    tryGit(at, { args: ["ls-tree", "-r", "-t", "-z", "--full-tree", top] }),
  ]);
  if (self.exitCode !== 0 || listed.exitCode !== 0) {
    const what = from.prefix === "" ? "is not in this repository" : `has no folder ${from.prefix}`;
    throw new Refused([
      problem("not-in-commit", `Commit ${from.commit} ${what}`, "Commit the fleet, or fetch the commit"),
    ]);
  }
  const tree = new Map<string, TreeEntry>([["", { mode: FOLDER, oid: self.stdout.toString("utf8").trim() }]]);
  for (const line of listed.stdout.toString("utf8").split("\0")) {
    const tab = line.indexOf("\t");
    if (tab === -1) continue;
    const [mode = "", , oid = ""] = line.slice(0, tab).split(" ");
    tree.set(line.slice(tab + 1), { mode, oid });
  }
  return tree;
}
