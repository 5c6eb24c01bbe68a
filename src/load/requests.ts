import { randomBytes } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LossKind, RequestMix } from "./mix.ts";
import type { Tally } from "./tally.ts";

/** Beyond this the machine cannot keep up and the figures mean nothing: said, not hidden. */
const MOST_IN_FLIGHT = 4_000;
const KEPT_BODY = 64 * 1024;

type Lost = Readonly<{ kind: LossKind; detail: string }>;
type Answered = Readonly<{ status: number; version: string | null }>;

/** Sends on time until the signal aborts, then waits for what is in flight. Nothing is ever sent twice. */
export async function runRequests(
  { base, mix, tally }: Readonly<{ base: string; mix: RequestMix; tally: Tally }>,
  signal: AbortSignal,
): Promise<void> {
  const agent = mix.connection === "keep-alive" ? new Agent({ keepAlive: true, maxSockets: Infinity }) : null;
  const run = randomBytes(4).toString("hex");
  const inFlight = new Set<Promise<void>>();
  const started = performance.now();
  let sent = 0;
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - started) * mix.rate) / 1000);
    for (; sent < due; sent += 1) {
      if (inFlight.size >= MOST_IN_FLIGHT) {
        tally.lost(mix.name, "overload", `${inFlight.size} in flight`);
        continue;
      }
      const one = send({ base, mix, tally, agent, id: `${run}-${sent}` }).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await sleep(5, undefined, { signal }).catch(() => {});
  }
  await Promise.all(inFlight);
  agent?.destroy();
}

type Sending = Readonly<{ base: string; mix: RequestMix; tally: Tally; agent: Agent | null; id: string }>;

async function send(sending: Sending): Promise<void> {
  const { mix, tally, id } = sending;
  const retired = mix.version === undefined ? null : tally.retired(mix.name);
  const started = performance.now();
  const result = await answerTo(sending);
  if ("kind" in result) {
    tally.lost(mix.name, result.kind, `${id}: ${result.detail}`);
    return;
  }
  const { status, version } = result;
  const expected = mix.expect === undefined ? status >= 200 && status < 300 : mix.expect.includes(status);
  if (!expected) {
    tally.lost(mix.name, status >= 500 ? "status" : "wrong-answer", `${id}: status ${status}`);
  } else if (version !== null && retired?.has(version)) {
    tally.lost(mix.name, "stale-version", `${id}: ${version} answered after it was retired`);
  } else {
    tally.served(mix.name, mix.slow === true ? null : performance.now() - started);
    if (mix.method === "POST" || mix.method === "PUT") tally.acknowledge(id);
  }
}

function answerTo({ base, mix, agent, id }: Sending): Promise<Lost | Answered> {
  const payload = mix.body === undefined ? null : JSON.stringify(mix.body).replaceAll("{id}", id);
  const length = payload === null ? {} : { "content-length": String(Buffer.byteLength(payload)) };
  const type = payload === null ? {} : { "content-type": "application/json" };
  return new Promise((resolve) => {
    const outgoing = request(new URL(mix.path.replaceAll("{id}", id), base), {
      method: mix.method,
      agent: agent ?? false,
      headers: { ...type, ...length, ...mix.headers },
    });
    const timer = setTimeout(() => {
      resolve({ kind: "timeout", detail: "no whole answer in time" });
      outgoing.destroy();
    }, mix.timeout ?? 15_000);
    const settle = (result: Lost | Answered) => {
      clearTimeout(timer);
      resolve(result);
    };
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      settle({ kind: error.code === "ECONNREFUSED" ? "refused" : "reset", detail: error.message }),
    );
    outgoing.on("response", (answer) => read(answer, mix, settle));
    outgoing.end(payload);
  });
}

function read(answer: IncomingMessage, mix: RequestMix, settle: (result: Lost | Answered) => void): void {
  let body = "";
  answer.on("data", (chunk: Buffer) => {
    if (mix.version !== undefined && body.length < KEPT_BODY) body += chunk.toString("utf8");
  });
  answer.on("error", () => {});
  answer.on("close", () => {
    if (!answer.complete) settle({ kind: "truncated", detail: `status ${answer.statusCode}, then cut` });
    else settle({ status: answer.statusCode ?? 0, version: versionIn(answer, body, mix.version) });
  });
}

function versionIn(answer: IncomingMessage, body: string, where: RequestMix["version"]): string | null {
  if (where === undefined) return null;
  if ("header" in where) return String(answer.headers[where.header] ?? "");
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? String((value as Record<string, unknown>)[where.json]) : null;
  } catch {
    return null;
  }
}
