import type { IncomingMessage } from "node:http";
import type { RequestIds } from "./request-ids.ts";

/** What a request asks for, whichever form its first line has; null when it cannot be sent on. */
export type Destination = Readonly<{ host: string; path: string; requestId: string }>;

const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

export function destinationOf(request: IncomingMessage, ids: RequestIds): Destination | null {
  const url = request.url ?? "";
  const absolute = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(url);
  const host = absolute?.[1] ?? request.headers.host ?? "";
  const rest = absolute === null ? url : (absolute[2] ?? "");
  const path = absolute !== null && !rest.startsWith("/") ? `/${rest}` : rest;
  if (!path.startsWith("/")) return null;
  const given = request.headers["x-request-id"];
  const requestId = typeof given === "string" && REQUEST_ID.test(given) ? given : ids.next();
  return { host, path, requestId };
}
