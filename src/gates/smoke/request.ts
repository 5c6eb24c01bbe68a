import type { SmokeCheck } from "../../fleet/fleet.ts";
import { boundedRequest } from "../../io/bounded-request.ts";
import type { Endpoint } from "../../targets/target.ts";
import { judgeAnswer } from "./judge.ts";

const TIMEOUT = 10_000;
const LIMIT = 1024 * 1024;
const QUOTED = 2048;

export type Attempt = Readonly<{ failure: string | null; detail: readonly string[] }>;

/** One declared request, sent straight to an instance; redirects are answers, not followed. `mask` is applied before anything is cut. */
export async function tryRequest(
  check: Extract<SmokeCheck, { kind: "request" }>,
  to: Readonly<{ endpoint: Endpoint; signal: AbortSignal; mask: (text: string) => string }>,
): Promise<Attempt> {
  const body = check.json === undefined ? undefined : JSON.stringify(check.json);
  const answer = await boundedRequest({
    ...to.endpoint,
    method: check.method,
    path: check.path,
    headers: {
      accept: "application/json, */*",
      ...(body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` }),
      ...check.headers,
    },
    ...(body === undefined ? {} : { body }),
    timeout: TIMEOUT,
    limit: LIMIT,
    signal: to.signal,
  });
  const failure = judgeAnswer(answer, check.expect);
  if (failure === null || answer.kind === "none") return { failure, detail: [] };
  return { failure, detail: [`body: ${to.mask(answer.body.toString("utf8")).slice(0, QUOTED)}`] };
}
