import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/io/free-port.ts";

export type Registry = Readonly<{
  /** As an image's name begins: `127.0.0.1:PORT`. Engines need no TLS for loopback. */
  address: string;
  stop: () => Promise<void>;
}>;

/** Who may use a registry that is started with `login`. */
export const LOGIN = { username: "puller", password: "harbour-pass" } as const;
const HTPASSWD = `${LOGIN.username}:$2y$05$abcdefghijklmnopqrstuuDixDlWTLS9/r7iUsNMXg1WxDd2zrf8G\n`;

/**
 * A real registry on loopback whose images are gone with it. `storage`: a folder that is there, such as that of a small disk; `login`: it
 * wants to know who asks.
 */
export async function startRegistry(options: Readonly<{ storage?: string; login?: true }> = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, "config.json");
  const path = join(folder, "htpasswd");
  writeFileSync(path, HTPASSWD);
  writeFileSync(
    file,
    JSON.stringify({
      version: "0.1",
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: options.storage ?? join(folder, "images") }, delete: { enabled: true } },
      http: { addr: address },
      ...(options.login === undefined ? {} : { auth: { htpasswd: { realm: "test", path } } }),
    }),
  );
  const child = spawn("docker-registry", ["serve", file], { stdio: "ignore" });
  await answers(address, child);
  return {
    address,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(address: string, child: ChildProcess): Promise<void> {
  let failed: Error | null = null;
  child.once("error", (error) => {
    failed = error;
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if (failed !== null) throw failed;
    const answer = await fetch(`http://${address}/v2/`).catch(() => null);
    if (answer?.ok || answer?.status === 401) return;
    await sleep(50);
  }
  throw new Error(`the registry at ${address} did not start`);
}
