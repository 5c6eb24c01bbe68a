import { fork } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { noHaproxy } from "../test/haproxy.ts";
import { backendOf, type RouterKind, serviceAt, TestRouter } from "../test/load/router.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { BODY, type Place } from "./router-backend.ts";

const BACKEND = fileURLToPath(new URL("./router-backend.ts", import.meta.url));
const CONNECTIONS = 32;

type Round = Readonly<{ direct: number } & Partial<Record<RouterKind, number>>>;

/**
 * Requests a second through each router over those asked directly, alternately in one run, so that a neighbour's work on the machine
 * hits all alike. Backend, router and client are a process each.
 */
export async function measureRouter({ quick, say }: Options): Promise<Measured> {
  const seconds = quick ? 1 : 3;
  const child = fork(BACKEND, { execArgv: [] });
  const place = await new Promise<Place>((resolve) => child.once("message", (listens: Place) => resolve(listens)));
  const kinds: readonly RouterKind[] = noHaproxy === null ? ["builtin", "haproxy"] : ["builtin"];
  if (noHaproxy !== null) say(noHaproxy);
  const routers = new Map<RouterKind, TestRouter>();
  try {
    await perSecond(place, 1);
    for (const kind of kinds) {
      const router = await TestRouter.start([serviceAt("/v1", [backendOf("one", place)])], kind);
      routers.set(kind, router);
      await perSecond(placeOf(router), 1);
    }
    const rounds: Round[] = [];
    for (let number = 0; number < (quick ? 1 : 5); number += 1) {
      const direct = round(await perSecond(place, seconds));
      const through: Partial<Record<RouterKind, number>> = {};
      for (const [kind, router] of routers) through[kind] = round(await perSecond(placeOf(router), seconds));
      rounds.push({ direct, ...through });
      say(`${kinds.map((kind) => `${through[kind]} requests/s through ${kind}`).join(", ")}, ${direct} direct`);
    }
    return {
      bench: "router",
      figures: kinds.flatMap((kind) => [
        {
          what: `requests/s through ${kind} over direct`,
          value: round(median(rounds.map((one) => (one[kind] ?? 0) / one.direct)), 3),
          unit: "",
          bound: null,
        },
        {
          what: `through ${kind}`,
          value: median(rounds.map((one) => one[kind] ?? 0)),
          unit: "requests/s",
          bound: null,
        },
      ]),
      detail: { connections: CONNECTIONS, seconds, rounds },
    };
  } finally {
    for (const router of routers.values()) await router.remove();
    child.disconnect();
  }
}

const placeOf = ({ port }: TestRouter): Place => ({ host: "127.0.0.1", port });

/** Each connection asks again as soon as it has its answer. A bare socket: the client must not be what is measured. */
async function perSecond(place: Place, seconds: number): Promise<number> {
  let answered = 0;
  const sockets: Socket[] = [];
  const failed = new Promise<never>((_, reject) => {
    for (let number = 0; number < CONNECTIONS; number += 1) {
      sockets.push(client(place, { onAnswer: () => (answered += 1), onTrouble: reject }));
    }
  });
  const started = performance.now();
  await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, seconds * 1000))]);
  const took = (performance.now() - started) / 1000;
  for (const socket of sockets)
    socket
      .removeAllListeners()
      .on("error", () => {})
      .destroy();
  return answered / took;
}

function client(
  place: Place,
  { onAnswer, onTrouble }: Readonly<{ onAnswer: () => void; onTrouble: (error: Error) => void }>,
): Socket {
  const request = `GET /v1/things HTTP/1.1\r\nHost: ${place.host}:${place.port}\r\n\r\n`;
  const socket = connect({ ...place, noDelay: true });
  let seen = "";
  socket.on("connect", () => socket.write(request));
  socket.on("data", (chunk) => {
    seen += chunk.toString("latin1");
    const end = seen.indexOf("\r\n\r\n");
    if (end === -1 || seen.length < end + 4 + BODY.length) return;
    if (!seen.startsWith("HTTP/1.1 200") || !seen.endsWith(BODY)) onTrouble(new Error(`unexpected: ${seen}`));
    seen = "";
    onAnswer();
    socket.write(request);
  });
  socket.on("error", onTrouble);
  socket.on("close", () => onTrouble(new Error("the connection was closed")));
  return socket;
}
