import { join } from "node:path";
import { readTextIfThere } from "../io/files.ts";
import { type Load, startLoad } from "../load/load.ts";
import type { LoadReport, Mix } from "../load/mix.ts";
import type { Harbour } from "./harbour.ts";

export type Traffic = Readonly<{ stop: () => Promise<LoadReport> }>;

/** Requests to every service of an environment while it is deployed to: reads, and awards with an id each. */
export async function startTraffic(
  harbour: Pick<Harbour, "folder" | "listen">,
  environment: "staging" | "production",
  signal: AbortSignal,
): Promise<Traffic> {
  const secrets = JSON.parse(
    (await readTextIfThere(join(harbour.folder, "secrets", `${environment}.json`))) ?? "{}",
  ) as { serviceTokens?: string };
  const token = (secrets.serviceTokens ?? "").split(",")[0] ?? "";
  const load: Load = await startLoad({
    base: `http://127.0.0.1:${harbour.listen[environment]}`,
    mixes: mixes(token),
    signal,
  });
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
