import { execFileSync, spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { postgresImage } from "./postgres-image.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const name = `sampan-test-postgres-${process.pid}`;
const docker = (...args: string[]): string => execFileSync("docker", args, { encoding: "utf8" }).trim();
const hasNode = spawnSync("docker", ["image", "inspect", "node:24-slim"], { stdio: "ignore" }).status === 0;
if (!hasNode)
  console.log(
    "skipped: the stand-in for PostgreSQL is built on node:24-slim, which is not here (docker pull node:24-slim)",
  );

beforeAll(async () => {
  if (hasNode) await postgresImage(name);
});
afterAll(() => {
  if (!hasNode) return;
  docker("rm", "--force", "--volumes", name);
  docker("volume", "rm", "--force", name);
  docker("image", "rm", name);
});

/** Until the container says that it can be asked; the output of a query then. */
const start = (): void => {
  docker(
    "run",
    "--detach",
    `--name=${name}`,
    `--volume=${name}:/var/lib/postgresql/data`,
    "--env=POSTGRES_PASSWORD=x",
    name,
  );
};
const ready = () => spawnSync("docker", ["exec", name, "pg_isready"], { stdio: "ignore" }).status === 0;

it.skipIf(!hasNode)("stands in for PostgreSQL's image, and keeps its data in the volume", async () => {
  start();
  await expect.poll(ready, { timeout: 30_000, interval: 200 }).toBe(true);
  docker("rm", "--force", name);
  start();
  await expect.poll(ready, { timeout: 30_000, interval: 200 }).toBe(true);
  const log = spawnSync("docker", ["logs", name], { encoding: "utf8" }).stderr;
  // Made once: a server that was killed recovers what is there.
  expect(log).toContain("automatic recovery in progress");
});
