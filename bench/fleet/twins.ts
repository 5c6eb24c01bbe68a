import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "../../src/fleet/fleet.ts";
import { boundedRequest } from "../../src/io/bounded-request.ts";
import { freePort } from "../../src/io/free-port.ts";
import type { BenchFleet } from "./bench-fleet.ts";

/** How one instance was started, read from its process. Linux only. */
type Start = Readonly<{ argv: readonly string[]; cwd: string; env: Readonly<Record<string, string>> }>;

/** A service, and how each of its instances was started by the release. */
export type Twin = Readonly<{ service: Service; starts: readonly Start[] }>;

export type Started = Readonly<{ ms: number; end: () => Promise<void> }>;

const POLL = 5;
const PATIENCE = 60_000;

/** Reads from what runs how to start the same without Sampan. */
export async function twinsOf({ fleet, observe }: BenchFleet): Promise<readonly Twin[]> {
  const { services } = await observe();
  return Object.values(fleet.services).map((service) => ({
    service,
    starts: (services[service.name]?.instances ?? []).flatMap(({ pid }) => (pid === null ? [] : [startOf(pid)])),
  }));
}

function startOf(pid: number): Start {
  const parts = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0").filter(Boolean);
  const env = parts("environ").map((entry): [string, string] => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return { argv: parts("cmdline"), cwd: readlinkSync(`/proc/${pid}/cwd`), env: Object.fromEntries(env) };
}

/** Starts a service's instances, all at once; milliseconds until each of them has passed a health check. */
export async function startTwin({ service, starts }: Twin): Promise<Started> {
  const ports = await Promise.all(starts.map(() => freePort()));
  const from = performance.now();
  const children = starts.map(({ argv: [file = "", ...args], cwd, env }, nth) =>
    spawn(file, args, { cwd, env: { ...env, PORT: String(ports[nth]) }, stdio: "ignore" }),
  );
  const end = async (): Promise<void> => {
    await Promise.all(children.map(endOf));
  };
  try {
    await Promise.all(ports.map((port) => healthy(service, port)));
    return { ms: performance.now() - from, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function healthy({ name, health }: Service, port: number): Promise<void> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const answer = await boundedRequest({
      host: "127.0.0.1",
      port,
      method: "GET",
      path: health?.path ?? "/health",
      timeout: 5000,
      limit: 65_536,
      signal: new AbortController().signal,
    });
    if (answer.kind === "answer" && answer.status === 200) return;
    if (performance.now() > until) throw new Error(`${name} did not become healthy: ${JSON.stringify(answer)}`);
    await sleep(POLL);
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
