import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventsMix } from "./mix.ts";
import type { Tally } from "./tally.ts";

type Following = Readonly<{ base: string; mix: EventsMix; tally: Tally }>;

export async function runEvents(following: Following, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: following.mix.streams }, () => follow(following, signal)));
}

/** One client, over as many connections as it takes; it never starts again at the beginning. */
async function follow({ base, mix, tally }: Following, signal: AbortSignal): Promise<void> {
  let last: number | null = null;
  while (!signal.aborted) {
    const { ended, seen } = await connection({ base, mix, tally }, last, signal);
    last = seen;
    if (signal.aborted || ended === "orderly") continue;
    const kind = ended === "refused" ? "refused" : ended.startsWith("status") ? "status" : "truncated";
    tally.lost(mix.name, kind, ended);
    await sleep(100, undefined, { signal }).catch(() => {});
  }
}

function connection(
  { base, mix, tally }: Following,
  after: number | null,
  signal: AbortSignal,
): Promise<{ ended: string; seen: number | null }> {
  return new Promise((resolve) => {
    let seen = after;
    let orderly = false;
    const resume = after === null ? {} : { "last-event-id": String(after) };
    const headers = { accept: "text/event-stream", ...resume, ...mix.headers };
    const outgoing = request(new URL(mix.path, base), { agent: false, headers, signal });
    const end = (ended: string) => resolve({ ended: orderly ? "orderly" : ended, seen });
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      end(error.code === "ECONNREFUSED" ? "refused" : `cut: ${error.message}`),
    );
    outgoing.on("response", (answer) => {
      answer.on("error", () => {});
      if (answer.statusCode !== 200) {
        answer.resume();
        end(`status ${answer.statusCode}`);
        return;
      }
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
        for (let at = text.indexOf("\n\n"); at !== -1; at = text.indexOf("\n\n")) {
          const event = text.slice(0, at);
          text = text.slice(at + 2);
          if (/^event: *end$/m.test(event)) orderly = true;
          const id = /^id: *(\d+)$/m.exec(event)?.[1];
          if (id === undefined) continue;
          if (seen !== null && Number(id) !== seen + 1) tally.lost(mix.name, "gap", `${id} came after ${seen}`);
          else tally.served(mix.name);
          seen = Number(id);
        }
      });
      answer.on("close", () => end("cut: no end event"));
    });
    outgoing.end();
  });
}
