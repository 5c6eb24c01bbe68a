import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { WebSocketMix } from "./mix.ts";
import type { Tally } from "./tally.ts";

type Talking = Readonly<{ base: string; mix: WebSocketMix; tally: Tally }>;

/** Closed on purpose: the client is expected to come back. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1001, 1012]);

export async function runWebSockets(talking: Talking, signal: AbortSignal): Promise<void> {
  await Promise.all(
    Array.from({ length: talking.mix.sockets }, async () => {
      while (!signal.aborted) {
        const lost = await talk(talking, signal);
        if (lost === null || signal.aborted) continue;
        talking.tally.lost(talking.mix.name, lost.startsWith("refused") ? "refused" : "reset", lost);
        await sleep(100, undefined, { signal }).catch(() => {});
      }
    }),
  );
}

/** One connection; resolves with what went wrong, or null. */
function talk({ base, mix, tally }: Talking, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const url = new URL(mix.path, base.replace(/^http/, "ws"));
    const socket = new WebSocket(url, { headers: { ...mix.headers }, handshakeTimeout: 15_000 });
    const expected: string[] = [];
    let trouble: string | null = null;
    let opened = false;
    let count = 0;
    const timer = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      const text = `text ${count++}`;
      expected.push(text);
      socket.send(text);
    }, mix.every);
    const stop = () => socket.close(1000);
    signal.addEventListener("abort", stop, { once: true });
    socket.on("open", () => {
      opened = true;
      if (signal.aborted) stop();
    });
    socket.on("message", (data) => {
      const want = expected.shift();
      if (data.toString() === want) tally.served(mix.name);
      else tally.lost(mix.name, "wrong-answer", `expected ${want}, got ${data.toString().slice(0, 80)}`);
    });
    socket.on("error", (error) => {
      trouble = opened ? error.message : `refused: ${error.message}`;
    });
    socket.on("close", (code) => {
      clearInterval(timer);
      signal.removeEventListener("abort", stop);
      resolve(ORDERLY.has(code) ? null : (trouble ?? `closed with ${code}`));
    });
  });
}
