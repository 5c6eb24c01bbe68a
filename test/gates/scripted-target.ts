import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import type { GateCx, GateSubject } from "../../src/gates/subject.ts";
import { systemClock } from "../../src/io/clock.ts";
import type { Observed, ObservedInstance, Revision } from "../../src/plan/observed.ts";
import type { Endpoint, Handle, InstancesTarget, LogLine } from "../../src/targets/target.ts";

/** What an instance of the scripted target does; servers behind the endpoints are real. */
export type Script = {
  endpoint?: Endpoint | null;
  observed?: Partial<ObservedInstance>;
  /** Lines that are there at once; with `follow`, `later` is appended. */
  lines?: Iterable<string>;
  logs?: (options: { follow: boolean }, signal: AbortSignal) => AsyncIterable<string>;
};

export const revision: Revision = {
  artifact: `sha256:${"a".repeat(64)}`,
  commit: "c".repeat(40),
  variables: "d".repeat(64),
};

export const handleOf = (id: string): Handle => ({ version: 1, id, service: "blog" });

/** A target whose only purpose is scripted failures: it answers what gates ask, and refuses everything else. */
export function scriptedTarget(
  scripts: Readonly<Record<string, Script>>,
  observe?: (seen: Observed, signal: AbortSignal) => Promise<Observed>,
): InstancesTarget {
  const refuse = () => Promise.reject(new Error("a gate must not do this"));
  const instance = (id: string, script: Script): ObservedInstance => ({
    id,
    service: "blog",
    revision,
    operationId: "release/step/0",
    release: "release",
    state: "running",
    pid: 1,
    address: null,
    restarts: 0,
    lastExit: null,
    container: null,
    startedAt: 0,
    ...script.observed,
  });
  const seenBy: InstancesTarget["observe"] = ({ signal }) => {
    const instances = Object.entries(scripts).map(([id, script]) => instance(id, script));
    const seen: Observed = {
      environment: "staging",
      services: { blog: { instances, route: null, marks: [], migrations: [] } },
    };
    return observe === undefined ? Promise.resolve(seen) : observe(seen, signal);
  };
  return {
    capabilities: { kind: "instances" },
    claim: refuse,
    observe: seenBy,
    instance: async ({ id }, cx) => (await seenBy(cx)).services.blog?.instances.find((one) => one.id === id) ?? null,
    endpoint: async ({ id }) => scripts[id]?.endpoint ?? null,
    entrance: () => ({ host: "127.0.0.1", port: 1 }),
    logs: (handle, options, { signal }) => logLines(handle.id, scripts[handle.id] ?? {}, options, signal),
    fingerprint: refuse,
    stage: refuse,
    staged: refuse,
    reveal: refuse,
    mark: refuse,
    unmark: refuse,
    prune: refuse,
    fetch: refuse,
    tryRouting: refuse,
    absent: refuse,
    missing: refuse,
    surround: refuse,
    bring: refuse,
    find: refuse,
    revive: refuse,
    shift: refuse,
    traffic: refuse,
    retire: refuse,
  };
}

async function* logLines(
  instance: string,
  script: Script,
  options: { follow: boolean },
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  if (script.logs !== undefined) {
    for await (const text of script.logs(options, signal)) yield { instance, text };
    return;
  }
  for (const text of script.lines ?? []) yield { instance, text };
  if (options.follow) await aborted(signal);
}

export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

export function subjectOf(scripts: Readonly<Record<string, Script>>, more: Partial<GateSubject> = {}): GateSubject {
  return {
    service: "blog",
    release: "release",
    revision,
    instances: Object.keys(scripts)
      .filter((id) => !id.startsWith("old"))
      .map(handleOf),
    baseline: Object.keys(scripts)
      .filter((id) => id.startsWith("old"))
      .map(handleOf),
    target: scriptedTarget(scripts),
    entrance: { host: "127.0.0.1", port: 1 },
    root: "/",
    files: async () => "/",
    committed: async () => null,
    ...more,
  };
}

export const contextOf = (more: Partial<GateCx> = {}): GateCx => ({
  clock: systemClock,
  signal: new AbortController().signal,
  mask: (text) => text.replaceAll("hunter2", "***"),
  log: () => {},
  ...more,
});

/** Real servers on free ports, closed together with what is connected to them. */
export class Servers {
  readonly #close: (() => void)[] = [];

  http(listener: RequestListener): Promise<Endpoint> {
    const server = createServer(listener);
    this.#close.push(() => server.closeAllConnections());
    return this.#listen(server);
  }

  tcp(onSocket: (socket: Socket) => void): Promise<Endpoint> {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      onSocket(socket);
    });
    this.#close.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    return this.#listen(server);
  }

  close(): void {
    for (const close of this.#close.splice(0)) close();
  }

  #listen(server: Server | TcpServer): Promise<Endpoint> {
    this.#close.push(() => void server.close());
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        resolve({ host: "127.0.0.1", port: (server.address() as { port: number }).port });
      });
    });
  }
}
