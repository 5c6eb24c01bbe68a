import { boundedRequest } from "../io/bounded-request.ts";
import type { Clock } from "../io/clock.ts";
import type { Endpoint } from "../targets/target.ts";
import { reportedArtifact } from "./report.ts";

const LIMIT = 64 * 1024;
const REDIRECTS = 3;

export type Probe = Readonly<
  | { kind: "healthy"; reports: boolean }
  | { kind: "unhealthy"; why: string }
  /** Another artifact answers there: waiting cannot make it the right one. */
  | { kind: "wrong"; artifact: string }
>;

/** One health check: GET, redirects within the same host and port followed three times at most, 64 KiB and `timeout` ms at most. */
export async function probe(
  ask: Readonly<{
    endpoint: Endpoint;
    path: string;
    artifact: string;
    timeout: number;
    clock: Clock;
    signal: AbortSignal;
  }>,
): Promise<Probe> {
  const { endpoint } = ask;
  const deadline = ask.clock.monotonic() + ask.timeout;
  const base = `http://${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
  let path = ask.path;
  // All hops together stay within the limit.
  let left = LIMIT;
  for (let hop = 0; hop <= REDIRECTS; hop += 1) {
    const answer = await boundedRequest({
      ...endpoint,
      method: "GET",
      path,
      timeout: Math.max(1, Math.round(deadline - ask.clock.monotonic())),
      limit: left,
      signal: ask.signal,
    });
    if (answer.kind === "none") return { kind: "unhealthy", why: answer.message };
    left -= answer.read;
    const location = answer.headers.location;
    if (answer.status >= 300 && answer.status < 400 && location !== undefined) {
      const next = URL.canParse(location, base + path) ? new URL(location, base + path) : null;
      if (next === null || next.origin !== new URL(base).origin) {
        return { kind: "unhealthy", why: `answered ${answer.status} to another host (${location.slice(0, 100)})` };
      }
      path = next.pathname + next.search;
      continue;
    }
    const encoding = answer.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      return {
        kind: "unhealthy",
        why: `answered in content-encoding ${encoding.slice(0, 40)}, which was not asked for`,
      };
    }
    const artifact = reportedArtifact(answer);
    if (artifact !== null && artifact !== ask.artifact) return { kind: "wrong", artifact };
    if (answer.status < 200 || answer.status > 299) return { kind: "unhealthy", why: `answered ${answer.status}` };
    return { kind: "healthy", reports: artifact !== null };
  }
  return { kind: "unhealthy", why: `redirected more than ${REDIRECTS} times` };
}
