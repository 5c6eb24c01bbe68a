import type { GateCx } from "./subject.ts";

export class OutOfTime extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms)} ms`);
    this.name = "OutOfTime";
  }
}

/** Waits for what may never come, or may not obey the signal: rejects with OutOfTime after `ms`, or at once with the signal's reason. */
export async function limited<T>(
  ms: number,
  cx: Pick<GateCx, "clock" | "signal">,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  cx.signal.throwIfAborted();
  const own = new AbortController();
  const signal = AbortSignal.any([cx.signal, own.signal]);
  try {
    const late = cx.clock.sleep(ms, signal).then((): never => {
      throw new OutOfTime(ms);
    });
    return await Promise.race([work(signal), late]);
  } finally {
    own.abort(new OutOfTime(ms));
  }
}
