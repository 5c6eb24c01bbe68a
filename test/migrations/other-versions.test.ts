import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { systemClock } from "../../src/io/clock.ts";
import { freePort } from "../../src/io/free-port.ts";
import { applyMigrations } from "../../src/migrations/apply-migrations.ts";
import { revertMigrations } from "../../src/migrations/revert-migrations.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { testRun } from "../migration-run.ts";
import { query } from "../postgres.ts";
import { expectWhole, LEDGER, persist, prepareGround } from "./ledger.ts";
import { wire } from "./wire.ts";

/** Servers that are installed here beside the one that the repository brings, which is PostgreSQL 18. */
const INSTALLED = [14, 15, 16, 17].filter((major) => existsSync(`/usr/lib/postgresql/${major}/bin/postgres`));
if (INSTALLED.length === 0) console.log("skipped: other versions of PostgreSQL, because none is installed here");

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

async function start(major: number): Promise<string> {
  const bin = `/usr/lib/postgresql/${major}/bin`;
  const user = await serverUser();
  const folder = mkdtempSync(join(tmpdir(), `sampan-postgres-${major}-`));
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  const as = user === null ? {} : { uid: user.uid, gid: user.gid };
  if (user !== null) chownSync(data, user.uid, user.gid);
  execFileSync(join(bin, "initdb"), ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync"], {
    ...as,
    stdio: "ignore",
  });
  const port = await freePort();
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"];
  const child = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...settings], { ...as, stdio: "ignore" });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  ends.push(() => {
    child.kill("SIGQUIT");
    void gone.then(() => rmSync(folder, { recursive: true, force: true }));
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  for (;;) {
    if (
      await query(url, "select 1").then(
        () => true,
        () => false,
      )
    )
      return url;
    await systemClock.sleep(50);
  }
}

describe.each(INSTALLED)("PostgreSQL %i", (major) => {
  test("is migrated up and down, in batches and CONCURRENTLY, and through a cut at a COMMIT", async () => {
    const url = await start(major);
    await prepareGround(url);
    const run = await testRun(url, LEDGER, { confirmed: ["ledger"] });
    const counting = await wire(url, null);
    await applyMigrations({ ...run, url: counting.url });
    counting.close();
    await expectWhole(url, true);
    await revertMigrations(run);
    await expectWhole(url, false);
    const commits = counting.sent().flatMap((statement, at) => (statement === "commit" ? [at] : []));
    const nth = commits[2];
    if (nth === undefined) throw new Error("there are commits");
    const cut = await wire(url, { nth, moment: "after" });
    await persist({ ...run, url: cut.url }, applyMigrations);
    cut.close();
    await expectWhole(url, true);
  }, 120_000);
});
