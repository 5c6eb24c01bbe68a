import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { query } from "../../test/postgres.ts";
import { systemClock } from "../io/clock.ts";
import { run } from "../io/exec.ts";
import { hydrateLinks } from "../io/links.ts";
import { processStamp } from "../io/process.ts";
import type { Refused } from "../problem.ts";
import { cloneDatabase } from "./clone-database.ts";
import { startPostgres } from "./start-postgres.ts";
import { stopPostgres } from "./stop-postgres.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await stopPostgres(join(folder, "server"));
    rmSync(folder, { recursive: true, force: true });
  }
});

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "sampan-postgres-test-"));
  folders.push(folder);
  return folder;
};

const gone = async (pid: number): Promise<void> => {
  while (processStamp(pid) !== null) await systemClock.sleep(20);
};

/** A process that starts a server, says its pid, and dies without a word to anybody. */
const PROGRAM = `const [module, folder, owned] = process.argv.slice(1);
const { startPostgres } = await import(module);
const server = await startPostgres({ folder, superuserPassword: "test only", owned: owned === "owned" });
process.stdout.write(server.pid + "\\n", () => process.kill(process.pid, "SIGKILL"));`;

const startAndDie = async (folder: string, owned: string): Promise<number> => {
  const module = new URL("start-postgres.ts", import.meta.url).href;
  const argv = [process.execPath, "--input-type=module", "-e", PROGRAM, module, folder, owned] as const;
  const { stdout } = await run({ argv: [...argv], timeout: 60_000 });
  return Number(stdout.trim());
};

const options = (folder: string) => ({ folder: join(folder, "server"), superuserPassword: "p@ss w/rd?#" });

test("starts, keeps what was committed through a stop and a kill, and clones", async () => {
  const folder = scratch();
  const first = await startPostgres(options(folder));
  const url = first.adminUrl("postgres");
  await query(url, "create database fleet");
  await query(first.adminUrl("fleet"), "create table kept as select 1 as n");
  expect(await query(url, "show fsync")).toEqual([{ fsync: "on" }]);
  await first.stop();
  await first.stop();
  expect(processStamp(first.pid)).toBeNull();

  const second = await startPostgres({ ...options(folder), owned: true });
  process.kill(second.pid, "SIGKILL");
  await gone(second.pid);
  // Its pid file is still there, and its helpers may need a moment to notice.
  expect(existsSync(join(folder, "server/data/postmaster.pid"))).toBe(true);
  await systemClock.sleep(500);

  const third = await startPostgres(options(folder));
  await cloneDatabase({ adminUrl: third.adminUrl("postgres"), template: "fleet", name: 'a "clone"' });
  expect(await query(third.adminUrl('a "clone"'), "select n from kept")).toEqual([{ n: 1 }]);
  await third.stop();
}, 60_000);

test("an owned server dies with whoever started it, another stays until it is stopped", async () => {
  const [owned, kept] = [scratch(), scratch()];
  await gone(await startAndDie(join(owned, "server"), "owned"));
  const pid = await startAndDie(join(kept, "server"), "");
  expect(processStamp(pid)).not.toBeNull();
  await stopPostgres(join(kept, "server"));
  expect(processStamp(pid)).toBeNull();
}, 60_000);

test("a pid file that names somebody else's process stops nobody", async () => {
  const folder = scratch();
  mkdirSync(join(folder, "server/data"), { recursive: true });
  writeFileSync(join(folder, "server/data/postmaster.pid"), `${process.pid}\n${join(folder, "server/data")}\n`);
  await stopPostgres(join(folder, "server"));
  expect(processStamp(process.pid)).not.toBeNull();
});

test("a port that is taken is a problem that says so", async () => {
  const folder = scratch();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const refused = await startPostgres({ ...options(folder), port }).catch((error: Refused) => error);
  server.close();
  expect(refused).toMatchObject({ problems: [{ code: "postgres-not-started" }] });
  expect((refused as Refused).message).toContain("Address already in use");
}, 60_000);

test("the links that npm cannot carry are made once", async () => {
  const root = scratch();
  mkdirSync(join(root, "native/lib"), { recursive: true });
  writeFileSync(join(root, "native/lib/libx.so.1.2"), "library");
  const list = join(root, "links.json");
  writeFileSync(list, JSON.stringify([{ source: "native/lib/libx.so.1.2", target: "native/lib/libx.so.1" }]));
  await hydrateLinks(root, list);
  await hydrateLinks(root, list);
  expect(readlinkSync(join(root, "native/lib/libx.so.1"))).toBe("libx.so.1.2");
  expect(readFileSync(join(root, "native/lib/libx.so.1"), "utf8")).toBe("library");
});
