import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../src/io/free-port.ts";
import { serverUser } from "../src/postgres/server-user.ts";
import { query } from "./postgres.ts";

/** Null: this machine has none, which is said. */
export const PGBOUNCER = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => existsSync(path)) ?? null;
if (PGBOUNCER === null) console.log("skipped: a pooler, because pgbouncer is not installed here");

/** A real pooler before the database of this URL. */
export async function startPooler(
  url: string,
  mode: "transaction" | "session",
): Promise<Readonly<{ url: string; stop: () => void }>> {
  const user = await serverUser();
  const target = new URL(url);
  const password = decodeURIComponent(target.password);
  const own = mkdtempSync(join(tmpdir(), "sampan-pooler-"));
  chmodSync(own, 0o755);
  const port = await freePort();
  writeFileSync(join(own, "users"), `"postgres" "${password}"\n`);
  const database = target.pathname.slice(1);
  writeFileSync(
    join(own, "pgbouncer.ini"),
    `[databases]\n${database} = host=127.0.0.1 port=${target.port} dbname=${database} user=postgres password='${password}'
[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = trust\nauth_file = ${own}/users\npool_mode = ${mode}
unix_socket_dir =\nlogfile =\npidfile =\ndefault_pool_size = 5\n`,
  );
  const child = spawn(PGBOUNCER ?? "", [join(own, "pgbouncer.ini")], {
    stdio: "ignore",
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  });
  const stop = (): void => {
    child.kill("SIGKILL");
    rmSync(own, { recursive: true, force: true });
  };
  target.port = String(port);
  for (let tries = 0; tries < 200; tries += 1) {
    const answers = await query(target.href, "select 1").then(
      () => true,
      () => false,
    );
    if (answers) return { url: target.href, stop };
    await sleep(25);
  }
  stop();
  throw new Error("the pooler does not answer");
}
