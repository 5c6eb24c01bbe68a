import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../io/clock.ts";
import { Engine } from "./engine.ts";
import { ownCheck } from "./own-check.ts";
import { sightOf } from "./sight.ts";

const folder = mkdtempSync(join(tmpdir(), "sampan-engine-"));
let server: Server | undefined;
let other: ChildProcess | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  other?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** One in a machine of its own, as on a desktop: the check that it runs never ends, and its pid there is another process's here. */
async function engineElsewhere(pid: number): Promise<Engine> {
  server = createServer((request, response) => {
    const json = (body: unknown) => response.end(JSON.stringify(body));
    if (request.url === "/version") json({ ApiVersion: "1.45", MinAPIVersion: "1.24", Arch: "amd64" });
    else if (request.url?.endsWith("/exec")) json({ Id: "run" });
    else if (request.url?.endsWith("/start")) response.writeHead(200).flushHeaders();
    else json({ Running: true, Pid: pid, ExitCode: null });
  });
  const socket = join(folder, "engine.sock");
  server.listen(socket);
  await once(server, "listening");
  return await Engine.open(socket);
}

const sight = sightOf({
  Id: "f".repeat(64),
  Name: "/web",
  Created: "2026-01-01T00:00:00Z",
  Image: "sha256:1",
  State: {
    Status: "running",
    Running: true,
    Restarting: false,
    Pid: 1,
    ExitCode: 0,
    StartedAt: "2026-01-01T00:00:00Z",
  },
  RestartCount: 0,
  Config: { Healthcheck: { Test: ["CMD", "sleep", "1000"] } },
  HostConfig: {},
  NetworkSettings: {},
});

it("ends no process of this machine that only has the pid of a check that hangs", async () => {
  other = spawn("sleep", ["30"], { stdio: "ignore" });
  const engine = await engineElsewhere(other.pid ?? 0);
  const of = { engine, clock: systemClock, signal: new AbortController().signal };
  expect(await ownCheck(sight, { command: ["sleep", "1000"], timeout: 50 }, of)).toBe("hangs");
  await sleep(50);
  expect([other.exitCode, other.signalCode]).toEqual([null, null]);
  engine.close();
});
