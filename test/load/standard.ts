import type { Mix } from "../../src/load/mix.ts";

/** Everything a roll-out must survive, against `backend.ts`: over 300 requests a second, half of a kind each way. */
export function standardMixes(prefix: string, rate = 320): readonly Mix[] {
  const version = { header: "x-version" };
  const request = { kind: "request", method: "GET", version } as const;
  return [
    { ...request, name: "get", path: `${prefix}/version`, rate: rate * 0.4, connection: "keep-alive" },
    { ...request, name: "get-fresh", path: `${prefix}/version`, rate: rate * 0.25, connection: "fresh" },
    {
      ...request,
      name: "post",
      method: "POST",
      path: `${prefix}/things`,
      body: { id: "{id}" },
      rate: rate * 0.25,
      connection: "keep-alive",
    },
    {
      ...request,
      name: "post-fresh",
      method: "POST",
      path: `${prefix}/things`,
      body: { id: "{id}" },
      rate: rate * 0.1,
      connection: "fresh",
    },
    {
      ...request,
      name: "slow",
      path: `${prefix}/slow?ms=5000`,
      rate: 2,
      connection: "keep-alive",
      timeout: 30_000,
      slow: true,
    },
    { kind: "events", name: "events", path: `${prefix}/events`, streams: 4 },
    { kind: "websocket", name: "websocket", path: `${prefix}/socket`, sockets: 4, every: 50 },
  ];
}
