import type { IncomingMessage } from "node:http";

/** Meant for one connection only, never for the one behind it. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A client must not be able to have these dropped by naming them in `Connection`. */
const KEPT: ReadonlySet<string> = new Set(["content-length", "host", "x-request-id"]);

/** What a `Connection` header names besides `close` and `keep-alive`. */
function named(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return new Set();
  return new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((token) => token.trim())
      .filter((token) => !KEPT.has(token)),
  );
}

export type Forwarded = Readonly<{ requestId: string; host: string }>;

/** The request's headers for the backend, as name, value, name, value: the end-to-end ones, and where it came from. */
export function requestHeaders(request: IncomingMessage, { requestId, host }: Forwarded): string[] {
  const dropped = named(request.headers.connection);
  const headers: string[] = [];
  let via = "";
  let proto = "http";
  let forwardedHost = host;
  let hostSeen = false;
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || dropped.has(lower)) continue;
    if (lower === "x-forwarded-for") via += `${via === "" ? "" : ", "}${value}`;
    else if (lower === "x-forwarded-proto") proto = value;
    else if (lower === "x-forwarded-host") forwardedHost = value;
    else if (lower === "x-request-id") continue;
    else if (lower === "host") {
      if (!hostSeen) headers.push("host", host);
      hostSeen = true;
    } else headers.push(name, value);
  }
  const client = request.socket.remoteAddress ?? "unknown";
  headers.push("x-forwarded-for", via === "" ? client : `${via}, ${client}`, "x-forwarded-proto", proto);
  if (forwardedHost !== "") headers.push("x-forwarded-host", forwardedHost);
  headers.push("x-request-id", requestId);
  return headers;
}

/** The answer's headers for the client, in the same form, from the raw pairs that came from the backend. */
export function responseHeaders(raw: readonly (Buffer | string)[], requestId: string): string[] {
  const headers: string[] = [];
  let dropped: ReadonlySet<string> = new Set();
  let identified = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index]);
    const lower = name.toLowerCase();
    const value = text(raw[index + 1]);
    if (lower === "connection") dropped = named(value);
    if (HOP_BY_HOP.has(lower)) continue;
    if (lower === "x-request-id") identified = true;
    headers.push(name, value);
  }
  if (!identified) headers.push("x-request-id", requestId);
  return dropped.size === 0 ? headers : without(headers, dropped);
}

function without(headers: readonly string[], dropped: ReadonlySet<string>): string[] {
  return headers.filter((_, index) => !dropped.has((headers[index - (index % 2)] ?? "").toLowerCase()));
}

const text = (part: Buffer | string | undefined): string =>
  part === undefined ? "" : typeof part === "string" ? part : part.toString("latin1");
