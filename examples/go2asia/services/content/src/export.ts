import type { Item } from "./items.ts";

type ExportOptions = Readonly<{ items: readonly Item[]; seconds: number }>;

const BEATS_PER_SECOND = 4;

/**
 * The items as lines of JSON, spread evenly over `seconds` so that a slow reader is never flooded. Lines in between keep the
 * connection alive; the last line counts the items, so that a reader knows that nothing was cut off.
 */
export function exportLines({ items, seconds }: ExportOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const beats = Math.max(1, Math.round(seconds * BEATS_PER_SECOND));
  let timer: NodeJS.Timeout | undefined;
  let beat = 0;
  let sent = 0;
  return new ReadableStream({
    start(controller) {
      const send = (line: object) => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      send({ kind: "begin", items: items.length });
      const next = () => {
        beat += 1;
        const due = Math.ceil((items.length * beat) / beats);
        if (sent === due) send({ kind: "beat", beat });
        for (; sent < due; sent += 1) send({ kind: "item", item: items[sent] });
        if (beat < beats) return;
        clearInterval(timer);
        send({ kind: "end", items: sent });
        controller.close();
      };
      timer = setInterval(next, (seconds * 1000) / beats);
    },
    cancel() {
      clearInterval(timer);
    },
  });
}
