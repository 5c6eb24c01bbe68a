import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { createHttp, type Readiness, type Routes } from "./http.ts";
import { type Identity, readIdentity } from "./identity.ts";
import { createLog, type Log } from "./log.ts";

/** What a service is made of; `build` runs once, before it listens, and should do nothing that takes time. */
type ServiceOptions = Readonly<{
  name: string;
  /** The folder of package.json: the service's own, or the bundle's. */
  root: URL;
  host: string;
  port: number;
  logLevel: string;
  build(cx: ServiceContext): Parts;
}>;

export type ServiceContext = Readonly<{ identity: Identity; log: Log; stopping: AbortSignal }>;

export type Parts = Readonly<{
  routes: Routes;
  ready: Readiness;
  /** Runs after the service listens: what need not be there for the first answer. */
  started?: () => void;
  /** Runs after the last request was answered, in order. */
  close: readonly (() => Promise<void>)[];
}>;

/** The whole of a stop, from SIGTERM to exit. */
const STOP_WITHIN = 9_500;
/** Longer than any proxy keeps an idle connection: the side that closes first must be the proxy. */
const KEEP_ALIVE = 75_000;

/** Listens, and on SIGTERM or SIGINT stops accepting, answers what is in flight, closes its pools and exits 0. */
export function runService(options: ServiceOptions): void {
  const identity = readIdentity(options.name, options.root);
  const log = createLog(options.name, options.logLevel);
  const stop = new AbortController();
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  process.on("uncaughtException", (error) => {
    log.error({ error }, "uncaught exception");
    process.exit(1);
  });

  const parts = options.build({ identity, log, stopping: stop.signal });
  const app = createHttp({ identity, log, routes: parts.routes, ready: parts.ready, stopping: stop.signal });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE;
  server.headersTimeout = KEEP_ALIVE + 5_000;
  server.on("error", (error) => {
    log.error({ error }, "cannot listen");
    process.exit(1);
  });
  server.listen(options.port, options.host, () => {
    log.info({ ...identity, host: options.host, port: options.port, ms: Math.round(performance.now()) }, "listening");
    parts.started?.();
  });

  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) return;
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.warn({}, "requests were still in flight when time ran out");
      process.exit(1);
    }, STOP_WITHIN).unref();
    stop.abort();
    void finish({ server, close: parts.close, log });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

type Finishing = Readonly<{ server: Server; close: Parts["close"]; log: Log }>;

async function finish({ server, close, log }: Finishing): Promise<void> {
  // Connections that fall idle after close() was called are nobody's to close but ours.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(idle);
  for (const step of close) await step().catch((error: unknown) => log.warn({ error }, "a pool did not close"));
  log.info({}, "stopped");
  // It ends by itself now. `process.exit()` may wait for ever for what is compiled beside (nodejs/node#54918), unless that is long done.
  setTimeout(() => process.exit(0), 1_000).unref();
}
