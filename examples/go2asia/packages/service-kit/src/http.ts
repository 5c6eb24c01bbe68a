import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Failure } from "./failure.ts";
import type { Identity } from "./identity.ts";
import type { Log } from "./log.ts";

export type Env = { Variables: { requestId: string; log: Log } };
export type Routes = Hono<Env>;

/** Something that must answer before the service can do its work, by name. */
export type Readiness = Readonly<Record<string, () => Promise<void>>>;

type HttpOptions = Readonly<{
  identity: Identity;
  log: Log;
  routes: Routes;
  ready: Readiness;
  /** Aborted when the service is told to stop. */
  stopping: AbortSignal;
}>;

const MAX_BODY = 10 * 1024 * 1024;
const READY_WITHIN = 2_000;

/** The service's routes with what all services have: health, version, request ids, a log line a request, one form of failure. */
export function createHttp({ identity, log, routes, ready, stopping }: HttpOptions): Routes {
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const given = c.req.header("x-request-id") ?? "";
    const requestId = /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    const requestLog = log.child({ requestId });
    c.set("requestId", requestId);
    c.set("log", requestLog);
    c.header("x-request-id", requestId);
    const started = performance.now();
    await next();
    // A connection that stays open would keep a stopping process alive.
    if (stopping.aborted) c.header("connection", "close");
    const line = {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round((performance.now() - started) * 10) / 10,
    };
    if (["/health", "/ready", "/version"].includes(c.req.path)) requestLog.debug(line, "answered");
    else requestLog.info(line, "answered");
  });
  app.use(
    bodyLimit({
      maxSize: MAX_BODY,
      onError: () => {
        throw new Failure(413, "too-large", "The body is larger than 10 MiB.");
      },
    }),
  );

  const { service, version, commit, artifact } = identity;
  app.get("/health", (c) => c.json({ status: stopping.aborted ? "stopping" : "ok", service, version, artifact }));
  app.get("/version", (c) => c.json({ service, version, commit, artifact }));
  app.get("/ready", async (c) => {
    const checks = Object.fromEntries(
      await Promise.all(Object.entries(ready).map(async ([name, check]) => [name, await verdict(check)] as const)),
    );
    const all = Object.values(checks).every((answer) => answer === "ok") && !stopping.aborted;
    return c.json({ status: all ? "ready" : "not-ready", service, version, artifact, checks }, all ? 200 : 503);
  });

  app.route("/", routes);
  app.notFound((c) => c.json({ code: "no-route", message: `Nothing answers ${c.req.method} ${c.req.path}.` }, 404));
  app.onError((error, c) => {
    const requestId = c.get("requestId");
    if (error instanceof Failure) {
      const { code, message, detail } = error;
      return c.json({ code, message, detail, requestId }, error.status, problemJson);
    }
    const away = unreachable(error);
    c.get("log").error({ error }, away ? "the database cannot be reached" : "a request failed");
    const [code, message] = away ? ["unavailable", "Try again shortly."] : ["internal", "The service failed."];
    return c.json({ code, message, requestId }, away ? 503 : 500, problemJson);
  });
  return app;
}

const problemJson = { "content-type": "application/problem+json" };

async function verdict(check: () => Promise<void>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), READY_WITHIN);
  });
  try {
    await Promise.race([check(), late]);
    return "ok";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

const AWAY = new Set(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "57P01", "57P03", "53300"]);
const unreachable = (error: unknown): boolean =>
  error instanceof Error &&
  (("code" in error && AWAY.has(String(error.code))) || /timeout exceeded when/.test(error.message));
