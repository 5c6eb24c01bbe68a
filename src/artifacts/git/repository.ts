import { problem, Refused } from "../../problem.ts";
import { type GitAt, git, tryGit } from "./git.ts";
import { maskUrls } from "./mask-urls.ts";
import { parseStatus } from "./status.ts";

/** What git says of the folder that holds the fleet file. Every read is of now; nothing is cached. */
export type Repository = Readonly<{
  /** Absolute: the folder that was asked about. */
  root: string;
  /** Where `root` lies in its repository: empty, or `folders/` with a closing slash. */
  prefix: string;
  /** 40 hex digits (64 in a SHA-256 repository). */
  head: string;
  /** Null when HEAD is detached. */
  branch: string | null;
  /** Tags at HEAD, sorted by git. */
  tags: readonly string[];
  /** Changed and untracked paths under `root`, relative to it. */
  dirty: readonly string[];
  remote: Remote | null;
  /** The branch against its remote-tracking branch; null when there is no such branch, or HEAD is detached. */
  upstream: Readonly<{ name: string; ahead: number; behind: number }> | null;
}>;

export type Remote = Readonly<{
  name: string;
  /** Without user, password and token. */
  url: string;
  reached: "yes" | "not-asked" | "no";
  /** Why it was not reached; empty otherwise. */
  why: string;
}>;

/** What is known without asking the remote. */
export type Checkout = Omit<Repository, "remote" | "upstream"> &
  Readonly<{ config: ReadonlyMap<string, string> /** Does the branch follow another one? */; follows: boolean }>;

/** `fetch`: milliseconds that the remote may take; null: what was fetched last is good enough. */
export async function readRepository(
  at: Readonly<{ root: string; fetch: number | null; signal: AbortSignal }>,
): Promise<Repository> {
  return await withRemote(await readCheckout(at), at);
}

export async function readCheckout(at: Readonly<{ root: string; signal: AbortSignal }>): Promise<Checkout> {
  const here: GitAt = { folder: at.root, signal: at.signal };
  const [where, said, tags, config] = await Promise.all([
    tryGit(here, { args: ["rev-parse", "--show-prefix"] }),
    tryGit(here, {
      args: ["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal", "--", "."],
    }),
    tryGit(here, { args: ["tag", "--points-at", "HEAD"] }),
    tryGit(here, { args: ["config", "--null", "--get-regexp", "^(remote\\..*\\.url|branch\\..*\\.remote)$"] }),
  ]);
  if (where.exitCode !== 0 || said.exitCode !== 0) throw notARepository(at.root, where.stderr || said.stderr);
  const prefix = where.stdout.toString("utf8").replace(/\n$/, "");
  const status = parseStatus(said.stdout.toString("utf8"));
  if (status.head === null) throw new Refused([noCommit(at.root)]);
  return {
    root: at.root,
    prefix,
    head: status.head,
    branch: status.branch === null ? null : await attached(here, status.branch),
    tags: tags.stdout.toString("utf8").split("\n").filter(Boolean),
    dirty: status.dirty.map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path)),
    config: parseConfig(config.stdout.toString("utf8")),
    follows: status.follows,
  };
}

/** Asks the remote; `fetch` as in `readRepository`. */
export async function withRemote(
  { config, follows, ...checkout }: Checkout,
  { fetch, signal }: Readonly<{ fetch: number | null; signal: AbortSignal }>,
): Promise<Repository> {
  const here: GitAt = { folder: checkout.root, signal };
  const { branch } = checkout;
  const remote = await readRemote(here, { branch, config, fetch });
  return { ...checkout, remote, upstream: branch === null ? null : await compare(here, { branch, follows, remote }) };
}

/** `(detached)` is what git prints for no branch, and also a name that a branch may have. */
async function attached(here: GitAt, said: string): Promise<string | null> {
  if (said !== "(detached)") return said;
  return (await tryGit(here, { args: ["symbolic-ref", "--quiet", "HEAD"] })).exitCode === 0 ? said : null;
}

function parseConfig(text: string): ReadonlyMap<string, string> {
  const entries = text.split("\0").filter(Boolean);
  return new Map(entries.map((entry) => [before(entry, "\n"), entry.slice(before(entry, "\n").length + 1)]));
}

const before = (text: string, mark: string): string => (text.includes(mark) ? text.slice(0, text.indexOf(mark)) : text);

async function readRemote(
  here: GitAt,
  from: Readonly<{ branch: string | null; config: ReadonlyMap<string, string>; fetch: number | null }>,
): Promise<Remote | null> {
  const names = [...from.config.keys()].flatMap((key) => /^remote\.(.*)\.url$/s.exec(key)?.[1] ?? []);
  const configured = from.branch === null ? undefined : from.config.get(`branch.${from.branch}.remote`);
  const name = [configured, "origin", names[0]].find((one) => one !== undefined && names.includes(one));
  if (name === undefined) return null;
  const remote = { name, url: maskUrls(from.config.get(`remote.${name}.url`) ?? "") };
  if (from.fetch === null) return { ...remote, reached: "not-asked", why: "" };
  // No release waits for a repository to be tidied up.
  const fetched = await tryGit(here, {
    args: ["fetch", "--quiet", "--no-auto-gc", "--no-recurse-submodules", "--", name],
    timeout: from.fetch,
  });
  if (fetched.exitCode === 0) return { ...remote, reached: "yes", why: "" };
  const why = fetched.timedOut ? `no answer within ${from.fetch} ms` : maskUrls(fetched.stderr.trim()).slice(0, 2000);
  return { ...remote, reached: "no", why };
}

/** Against what the branch follows, else the branch of the same name at the remote. */
async function compare(
  here: GitAt,
  { branch, follows, remote }: Readonly<{ branch: string; follows: boolean; remote: Remote | null }>,
): Promise<Repository["upstream"]> {
  const named = ["for-each-ref", "--format=%(upstream)", `refs/heads/${branch}`];
  const followed = follows ? await git(here, { args: named }) : null;
  const upstream = followed?.stdout.toString("utf8").trim() ?? "";
  const candidates = [upstream, remote === null ? "" : `refs/remotes/${remote.name}/${branch}`].filter(Boolean);
  for (const other of candidates) {
    // Where a CI says which branch it is, HEAD is on none.
    const counted = await tryGit(here, { args: ["rev-list", "--left-right", "--count", `HEAD...${other}`, "--"] });
    const [ahead, behind] = counted.stdout.toString("utf8").trim().split("\t").map(Number);
    if (counted.exitCode !== 0 || ahead === undefined || behind === undefined) continue;
    return { name: other.replace(/^refs\/(?:remotes|heads)\//, ""), ahead, behind };
  }
  return null;
}

function notARepository(root: string, said: string): Refused {
  const evidence = said.trim().split("\n")[0] ?? "";
  const hint = said.includes("dubious ownership")
    ? "Another user owns it: run as that user, or allow it with git config --global --add safe.directory"
    : "Run git init there and commit, or call Sampan in the fleet's repository";
  return new Refused([problem("not-a-repository", `${root} cannot be read as a git repository: ${evidence}`, hint)]);
}

const noCommit = (root: string) =>
  problem(
    "no-commit",
    `The repository of ${root} has no commit yet`,
    "Commit the fleet: an artifact is made from a commit",
  );
