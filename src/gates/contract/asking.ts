import type { Sample } from "../../contracts/validate/sample.ts";
import { type BoundedAnswer, boundedRequest } from "../../io/bounded-request.ts";
import type { Endpoint } from "../../targets/target.ts";
import type { GateCx } from "../subject.ts";

const TIMEOUT = 10_000;
const LIMIT = 8 * 1024 * 1024;

export type Asking = Readonly<{ endpoint: Endpoint; cx: GateCx }>;

/** A request to one instance; `json` as the smoke test would send it. */
export function ask(
  { endpoint, cx }: Asking,
  { method, path, headers, json }: Omit<Sample, "operation"> & Readonly<{ json?: unknown }>,
): Promise<BoundedAnswer> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const sent =
    body === undefined ? {} : { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` };
  return boundedRequest({
    ...endpoint,
    method,
    path,
    headers: { accept: "application/json, */*", ...sent, ...headers },
    ...(body === undefined ? {} : { body }),
    timeout: TIMEOUT,
    limit: LIMIT,
    signal: cx.signal,
  });
}
