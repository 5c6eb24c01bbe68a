import type { Env } from "@go2asia/service-kit/http";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { FeedEntry } from "./feed.ts";

type StreamOptions = Readonly<{
  /** Entries after this position are sent, so that a reader who was away misses none. */
  after: number;
  /** Milliseconds between two looks, each of which sends a tick. */
  every: number;
  entriesAfter(position: number): Promise<readonly FeedEntry[]>;
  stopping: AbortSignal;
}>;

/**
 * `change` events carry the feed's position as their id, for Last-Event-ID. `tick` events count up from 1 without gaps in each
 * connection. A stream that the service ends says `end` first; one that stops without it was cut off.
 */
export function streamFeed(c: Context<Env>, { after, every, entriesAfter, stopping }: StreamOptions): Response {
  // A proxy that collects an answer before it passes it on would hold everything back.
  c.header("x-accel-buffering", "no");
  return streamSSE(c, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    const over = AbortSignal.any([gone.signal, stopping]);
    let position = after;
    for (let tick = 1; !over.aborted; tick += 1) {
      await stream.writeSSE({ event: "tick", data: JSON.stringify({ sequence: tick }) });
      for (const entry of await entriesAfter(position)) {
        await stream.writeSSE({ event: "change", id: String(entry.position), data: JSON.stringify(entry) });
        position = entry.position;
      }
      await pause(every, over);
    }
    if (!gone.signal.aborted) await stream.writeSSE({ event: "end", data: JSON.stringify({ reason: "stopping" }) });
  });
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
