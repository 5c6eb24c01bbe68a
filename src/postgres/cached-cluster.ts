import { join } from "node:path";
import { sha256 } from "../io/digest.ts";
import { run } from "../io/exec.ts";
import { readTextIfThere, writeDurably } from "../io/files.ts";
import { changedAt, existsFolder, makeFolder, moveFolder, removeFolder } from "../io/folders.ts";
import type { Random } from "../io/random.ts";
import { problem, Refused } from "../problem.ts";
import type { PostgresBinaries } from "./binaries.ts";

/** A data folder on which no server has run yet. What is in it is made up; the password is nobody's but this user's. */
export type CachedCluster = Readonly<{ data: string; password: string }>;

type Env = Readonly<Record<string, string>>;

/** Absolute folder for the cluster that these programs make, in the user's cache; null: this user has none. */
export function clusterFolder({ initdb }: PostgresBinaries, env: Env): string | null {
  const { XDG_CACHE_HOME: xdg, HOME: home } = env;
  const cache = xdg || (home ? join(home, ".cache") : "");
  if (!cache.startsWith("/")) return null;
  return join(cache, "sampan", `cluster-${sha256(JSON.stringify([initdb, changedAt(initdb)])).slice(0, 16)}`);
}

/** Null: none was kept there, or it is damaged. */
export async function cachedCluster(folder: string): Promise<CachedCluster | null> {
  const data = join(folder, "data");
  const password = await readTextIfThere(join(folder, "password"));
  return password === null || !existsFolder(data) ? null : { data, password };
}

/** Keeps a copy of a cluster: all of it, or nothing. That it cannot be kept hurts nobody. */
export async function keepCluster(folder: string, { data, password }: CachedCluster, random: Random): Promise<void> {
  const beside = `${folder}.${random.hex(6)}`;
  try {
    await makeFolder(beside);
    await copyCluster(data, join(beside, "data"));
    writeDurably(join(beside, "password"), password);
    moveFolder(beside, folder);
  } catch {
    // The disk is full, the folder is closed, or somebody else has kept one in the meantime.
    await removeFolder(beside);
  }
}

/** With owners and modes: the server may run as another user. */
export async function copyCluster(from: string, to: string): Promise<void> {
  const copied = await run({ argv: ["cp", "-a", from, to], timeout: 60_000 });
  if (copied.exitCode === 0) return;
  throw new Refused([problem("postgres-not-made", `${from} cannot be copied: ${copied.stderr.trim()}`)]);
}
