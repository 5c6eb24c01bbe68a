import { readTextIfThere } from "../io/files.ts";
import { type Load, startLoad } from "../load/load.ts";
import type { LoadReport, Mix } from "../load/mix.ts";

export type Traffic = Readonly<{ stop: () => Promise<LoadReport> }>;

/**
 * Requests to every service of an environment while it is deployed to: reads, and awards with an id each. `base`: its router; `secrets`: the
 * file with its service token.
 */
export async function startTraffic({
  base,
  secrets,
  signal,
}: Readonly<{ base: string; secrets: string; signal: AbortSignal }>): Promise<Traffic> {
  const { serviceTokens = "" } = JSON.parse((await readTextIfThere(secrets)) ?? "{}") as { serviceTokens?: string };
  const load: Load = await startLoad({ base, mixes: mixes(serviceTokens.split(",")[0] ?? ""), signal });
  return { stop: load.stop };
}

function mixes(token: string): readonly Mix[] {
  const get = (name: string, path: string, connection: "keep-alive" | "fresh"): Mix => ({
    kind: "request",
    name,
    method: "GET",
    path,
    rate: 8,
    connection,
  });
  return [
    get("articles", "/v1/articles", "keep-alive"),
    get("content", "/v1/content?type=article", "fresh"),
    get("countries", "/v1/countries", "keep-alive"),
    get("events", "/v1/events", "fresh"),
    get("keys", "/v1/auth/.well-known/jwks.json", "keep-alive"),
    {
      kind: "request",
      name: "awards",
      method: "POST",
      path: "/v1/points/awards",
      rate: 4,
      connection: "keep-alive",
      headers: { authorization: `Bearer ${token}` },
      body: { userId: "00000000-0000-4000-8000-000000000001", amount: 1, reason: "demo", externalId: "{id}" },
      expect: [200, 201],
    },
  ];
}
