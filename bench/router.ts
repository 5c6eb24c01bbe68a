import { fork } from "node:child_process";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { backendOf, listening, serviceAt, TestRouter } from "../test/load/router.ts";

// Requests a second through the builtin router over those asked directly, alternately in one run, so that a neighbour's
// work on the machine hits both alike. Backend, router and client are a process each.

type Place = Readonly<{ host: string; port: number }>;

const ROUNDS = 3;
const BODY = JSON.stringify({ hello: "x".repeat(100) });

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    connections: { type: "string", default: "32" },
    json: { type: "boolean", default: false },
    backend: { type: "boolean", default: false },
  },
});

if (values.backend) await backend();
else await measure(Number(values.seconds), Number(values.connections));

async function backend(): Promise<void> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": BODY.length });
    response.end(BODY);
  });
  process.send?.(await listening(server));
  process.on("disconnect", () => process.exit(0));
}

async function measure(seconds: number, connections: number): Promise<void> {
  const child = fork(import.meta.filename, ["--backend"], { execArgv: [] });
  const direct = await new Promise<Place>((resolve) => child.once("message", (place: Place) => resolve(place)));
  const router = await TestRouter.start([serviceAt("/v1", [backendOf("one", direct)])]);
  const routed: Place = { host: "127.0.0.1", port: router.port };
  try {
    await perSecond(direct, { seconds: 1, connections });
    await perSecond(routed, { seconds: 1, connections });
    const rounds: Readonly<{ direct: number; routed: number }>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({
        direct: await perSecond(direct, { seconds, connections }),
        routed: await perSecond(routed, { seconds, connections }),
      });
    }
    const ratios = rounds.map((round) => round.routed / round.direct).sort((a, b) => a - b);
    const result = {
      bench: "router",
      cpus: cpus().length,
      connections,
      seconds,
      direct: Math.round(median(rounds.map((round) => round.direct))),
      routed: Math.round(median(rounds.map((round) => round.routed))),
      ratio: Number(median(ratios).toFixed(3)),
      ratios: ratios.map((ratio) => Number(ratio.toFixed(3))),
    };
    console.log(JSON.stringify(result));
    if (!values.json) {
      console.log(
        `router: ${result.routed} requests/s, direct ${result.direct}, ratio ${result.ratio} (${result.ratios.join(", ")})`,
      );
    }
  } finally {
    await router.end();
    await router.remove();
    child.disconnect();
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Each connection asks again as soon as it has its answer. A bare socket: the client must not be what is measured. */
async function perSecond(
  place: Place,
  { seconds, connections }: Readonly<{ seconds: number; connections: number }>,
): Promise<number> {
  let answered = 0;
  const sockets: Socket[] = [];
  const failed = new Promise<never>((_, reject) => {
    for (let number = 0; number < connections; number += 1) {
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
