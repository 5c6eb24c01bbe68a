import { LATENCY_BOUNDS, LATENCY_BUCKETS } from "../latency.ts";
import type { RouterTable } from "../router.ts";
import { addressOf } from "./address.ts";
import type { Placed, Placement } from "./placement.ts";
import { poolId, poolName } from "./pool-name.ts";
import type { Saved } from "./saved.ts";

/** The environment variable that names the control socket: each start has one of its own, so that none takes another's away. */
export const SOCKET_VARIABLE = "SAMPAN_ROUTER_SOCKET";

/** Relative to the folder in which HAProxy is started, whose path may hold what no configuration can. HAProxy names its map so for as long as it runs. */
export const MAP = "current/routes.map";
export const CONFIGURATION = "current/haproxy.cfg";

/** Before a pool's name: nobody there takes requests. */
export const CLOSED = "closed:";

/** Slots that a pool has from the start; more are made when they are needed. */
const SLOTS = 8;

/**
 * The whole configuration. Nothing in it comes from a name: services and instances are numbered, and who is who stands in the map,
 * whose values are coded.
 */
export function configurationText({ table: { listen }, pools, placements }: Saved): string {
  return [
    ...GLOBAL,
    ...DEFAULTS,
    ...frontend(listen),
    "backend latency",
    `  stick-table type string len 24 size 64k store gpc(${LATENCY_BUCKETS})`,
    ...Array.from({ length: pools }, (_, index) => pool(index, placements)).flat(),
    "",
  ].join("\n");
}

const GLOBAL = [
  "global",
  // The port is what two routers of one folder cannot both have.
  "  noreuseport",
  "  fd-hard-limit 50000",
  "  tune.bufsize 32768",
  `  stats socket "\${${SOCKET_VARIABLE}}" mode 600 level admin expose-fd listeners`,
  "  stats timeout 1m",
];

const refusal = (status: number, code: string, message: string): string =>
  `  http-error status ${status} content-type application/json lf-string ${body(code, message)} hdr x-request-id %[var(txn.id)]`;

/** As the builtin router answers. */
function body(code: string, message: string): string {
  const text = JSON.stringify({ error: { code, message, requestId: "REQUEST_ID" } });
  return `"${text.replaceAll('"', '\\"').replace("REQUEST_ID", "%[var(txn.id)]").replace("SERVICE", "%[var(txn.name)]")}\\n"`;
}

const DEFAULTS = [
  "defaults",
  "  mode http",
  "  balance roundrobin",
  "  option http-keep-alive",
  "  option idle-close-on-response",
  "  option abortonclose",
  "  option forwardfor",
  "  option http-no-delay",
  // Another server for each further try; what may have arrived is never sent twice (see disable-l7-retry).
  "  option redispatch 1",
  "  retries 3",
  "  retry-on conn-failure empty-response",
  "  timeout connect 5s",
  "  timeout http-request 60s",
  "  timeout http-keep-alive 75s",
  "  timeout client 1h",
  "  timeout server 300s",
  "  timeout tunnel 24h",
  "  default-server pool-purge-delay 1s",
  refusal(400, "bad-request", "This is no request"),
  refusal(408, "bad-request", "The request did not come in time"),
  refusal(500, "router-bug", "The router failed"),
  refusal(502, "backend-broken", "The instance of SERVICE broke the connection"),
  // HAProxy says 503 where no server took the connection; the client is told 502, as for any other broken one.
  refusal(503, "backend-broken", "The instance of SERVICE broke the connection"),
  refusal(504, "backend-silent", "The instance of SERVICE gave no answer in time"),
];

const returning = (status: number, code: string, message: string): string =>
  `  http-request return status ${status} content-type application/json lf-string ${body(code, message)}`;

function frontend({ host, port }: RouterTable["listen"]): readonly string[] {
  const any = host === "::" ? " v4v6" : "";
  return [
    "frontend in",
    `  bind ${addressOf({ host, port })}${any}`,
    "  http-request set-var(txn.began) date(0,us)",
    "  http-request set-var(txn.id) req.hdr(x-request-id) if { req.hdr(x-request-id) -m reg ^[!-~]{1,200}$ }",
    "  http-request set-var(txn.id) uuid,regsub(-,,g) unless { var(txn.id) -m found }",
    "  http-request set-header x-request-id %[var(txn.id)]",
    "  http-request deny deny_status 405 if { method CONNECT }",
    "  http-request set-var(txn.host) req.hdr(host),lower,regsub(:[0-9]+$,)",
    `  http-request set-var(txn.pool) str(host:),concat(,txn.host),map_str(${MAP})`,
    `  http-request set-var(txn.pool) path,concat(/),map_beg(${MAP}) unless { var(txn.pool) -m found }`,
    `${returning(404, "no-route", "No service is routed here")} hdr x-request-id %[var(txn.id)] unless { var(txn.pool) -m found }`,
    `  http-request set-var(txn.name) str(name:),concat(,txn.pool),map_str(${MAP}),b64dec,json(utf8s)`,
    // Not `nbsrv eq 0`: that also holds in a HAProxy that only finishes what it has.
    `  http-request set-var(txn.meant) bool(true) if { var(txn.pool) -m beg ${CLOSED} }`,
    `${returning(503, "no-backend", "No instance of SERVICE takes requests")} hdr retry-after 1 hdr x-request-id %[var(txn.id)] if { var(txn.pool) -m beg ${CLOSED} }`,
    // A line with a scheme and a host goes on without them.
    "  http-request set-uri %[pathq] unless { url_beg / }",
    "  http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
    // A tunnel that speaks HTTP/2 would go past the routes.
    "  http-request del-header upgrade if { req.hdr(upgrade) -m sub -i h2c }",
    ...["te", "trailer", "keep-alive", "proxy-connection", "proxy-authorization", "http2-settings"].map(
      (name) => `  http-request del-header ${name}`,
    ),
    "  http-request set-header x-forwarded-proto http unless { req.hdr(x-forwarded-proto) -m found }",
    "  http-request set-header x-forwarded-host %[req.hdr(host)] unless { req.hdr(x-forwarded-host) -m found }",
    '  http-after-response set-status 502 reason "Bad Gateway" if { status 503 } !{ var(txn.meant) -m found }',
    "  http-response set-var(txn.meant) bool(true)",
    "  http-response del-header keep-alive",
    "  http-response del-header proxy-connection",
    "  http-response set-header x-request-id %[var(txn.id)] unless { res.hdr(x-request-id) -m found }",
    ...LATENCY_RULES,
    "  use_backend %[var(txn.pool)]",
  ];
}

function pool(index: number, placements: readonly Placement[]): readonly string[] {
  const name = poolName(index);
  const placement = placements.find((each) => each.pool === name);
  return [
    `backend ${name}`,
    `  id ${poolId(name)}`,
    // A stream of events may be silent for as long as it likes.
    "  http-request set-timeout server 24h if { req.hdr(accept) -m sub text/event-stream }",
    ...(placement === undefined ? [`  server-template s 1-${SLOTS} ${NOWHERE}`] : servers(placement.backends)),
  ];
}

const NOWHERE = "127.0.0.1:1 disabled";

function servers(backends: readonly Placed[]): readonly string[] {
  const slots = Math.max(SLOTS, ...backends.map(({ slot }) => Number(slot.slice(1))));
  return Array.from({ length: slots }, (_, index) => {
    const placed = backends.find(({ slot }) => slot === `s${index + 1}`);
    const what = placed === undefined ? NOWHERE : `${addressOf(placed.backend)} weight ${placed.weight}`;
    return `  server s${index + 1} ${what}`;
  });
}

const LATENCY_RULES = [
  "  http-response set-var(txn.ms) date(0,us),sub(txn.began),div(1000)",
  "  http-response set-var(txn.server) srv_name",
  "  http-response track-sc0 be_name,concat(/,txn.server) table latency",
  ...Array.from({ length: LATENCY_BUCKETS }, (_, index) => {
    const from = LATENCY_BOUNDS[index - 1] ?? 0;
    const below = LATENCY_BOUNDS[index];
    const range = below === undefined ? `ge ${from}` : `${from}:${below - 1}`;
    return `  http-response sc-inc-gpc(${index},0) if { var(txn.ms) -m int ${range} }`;
  }),
];
