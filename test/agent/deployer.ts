import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { ServiceSpec } from "../../src/fleet/fleet.ts";
import type { ObservedInstance } from "../../src/plan/observed.ts";
import type { HostedTarget } from "../../src/targets/hosted/hosted-target.ts";
import type { Cx, Handle } from "../../src/targets/target.ts";

export const never = new AbortController().signal;
export const read = { signal: never };

/** One who holds an environment and deploys the service `web` there. */
export async function deployerOf(target: HostedTarget, over: Partial<ServiceSpec> = {}) {
  const fence = await target.claim("a test", read);
  const cx = (operationId: string): Cx => ({ operationId, release: "r1", fence, signal: never, log: () => undefined });
  const spec: ServiceSpec = {
    name: "web",
    port: 8080,
    routes: [{ kind: "prefix", prefix: "/" }],
    replicas: 1,
    health: null,
    smoke: { kind: "none", why: "a test" },
    logs: { watch: 0, critical: [], ignore: [] },
    traffic: null,
    strategy: { kind: "rolling" },
    stop: { drain: 5000, timeout: 5000 },
    start: null,
    container: null,
    ...over,
  };
  const stage = async (variables: Record<string, string>, rotates: Record<string, string> = {}) => {
    const fingerprint = await target.fingerprint("web", variables, read);
    await target.stage({ service: "web", fingerprint, variables, rotates }, cx("stage"));
    return fingerprint;
  };
  const bring = async (source: string, count: number, operation: string, variables: Record<string, string> = {}) => {
    const revision = {
      artifact: `sha256:${"a".repeat(64)}`,
      commit: "b".repeat(40),
      variables: await stage(variables),
    };
    return await target.bring({ service: "web", revision, source, spec }, count, cx(operation));
  };
  const shift = (handles: readonly Handle[]) =>
    target.shift(
      { service: "web", match: spec.routes, backends: handles.map(({ id }) => ({ instance: id, weight: 1 })) },
      cx("shift"),
    );
  const instances = async (): Promise<readonly ObservedInstance[]> =>
    (await target.observe(read)).services.web?.instances ?? [];
  const logs = async (handle: Handle): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const { text } of target.logs(handle, { follow: false }, read)) lines.push(text);
    return lines;
  };
  /** All of them answer by themselves. */
  const up = (handles: readonly Handle[]) =>
    eventually(async () => {
      const answers = await Promise.all(handles.map((handle) => ask(target, handle, "/")));
      return answers.every((answer) => answer !== null);
    });
  return { target, cx, fence, stage, bring, shift, instances, logs, up };
}

/** What an instance itself answers; null when it does not. */
export async function ask(target: HostedTarget, handle: Handle, path: string): Promise<string | null> {
  const at = await target.endpoint(handle, read);
  if (at === null) return null;
  return await fetch(`http://${at.host}:${at.port}${path}`)
    .then((response) => response.text())
    .catch(() => null);
}

/** Through the router. A POST is one that the router never tries twice. */
export async function enter(target: HostedTarget, path: string, method: "GET" | "POST" = "GET"): Promise<string> {
  const { host, port } = target.entrance();
  const response = await fetch(`http://${host}:${port}${path}`, { method });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text;
}

export async function eventually(holds: () => Promise<boolean> | boolean, timeout = 15_000): Promise<void> {
  await expect.poll(holds, { timeout, interval: 20 }).toBe(true);
}

export function one<T>(items: readonly (T | undefined)[]): T {
  const [first] = items;
  if (first === undefined) throw new Error("expected one");
  return first;
}

/** Alive and no zombie: in a container it may take a while until somebody reaps what was orphaned. */
export function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
