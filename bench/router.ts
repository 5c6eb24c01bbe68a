import { fork } from "node:child_process";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { backendOf, serviceAt, TestRouter } from "../test/load/router.ts";
import { type Measured, median, type Options, round } from "./figure.ts";
import { BODY, type Place } from "./router-backend.ts";

const BACKEND = fileURLToPath(new URL("./router-backend.ts", import.meta.url));
const CONNECTIONS = 32;

/**
 * Requests a second through the builtin router over those asked directly, alternately in one run, so that a neighbour's work on
 * the machine hits both alike. Backend, router and client are a process each.
 */
export async function measureRouter({ quick, say }: Options): Promise<Measured> {
  const seconds = quick ? 1 : 3;
  const child = fork(BACKEND, { execArgv: [] });
  const place = await new Promise<Place>((resolve) => child.once("message", (listens: Place) => resolve(listens)));
  const router = await TestRouter.start([serviceAt("/v1", [backendOf("one", place)])]);
  const routed: Place = { host: "127.0.0.1", port: router.port };
  try {
    await perSecond(place, 1);
    await perSecond(routed, 1);
    const rounds: Readonly<{ direct: number; routed: number; ratio: number }>[] = [];
    for (let number = 0; number < (quick ? 1 : 5); number += 1) {
      const direct = await perSecond(place, seconds);
      const through = await perSecond(routed, seconds);
      rounds.push({ direct: round(direct), routed: round(through), ratio: round(through / direct, 3) });
      say(`${round(through)} requests/s through the router, ${round(direct)} direct`);
    }
    return {
      bench: "router",
      figures: [
        {
          what: "requests/s through the router over direct",
          value: median(rounds.map(({ ratio }) => ratio)),
          unit: "",
          bound: null,
        },
        {
          what: "through the router",
          value: median(rounds.map((one) => one.routed)),
          unit: "requests/s",
          bound: null,
        },
      ],
      detail: { connections: CONNECTIONS, seconds, rounds },
    };
  } finally {
    await router.end();
    await router.remove();
    child.disconnect();
  }
}

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
