import type { Clock } from "../../io/clock.ts";
import type { Switchboard } from "./switchboard.ts";

export type DrainWait = Readonly<{
  switchboard: Switchboard;
  instance: string;
  /** Milliseconds. */
  limit: number;
  clock: Clock;
  signal: AbortSignal;
}>;

/** See `Router.drained`. An instance that the router does not know has nothing in flight. */
export async function drained({ switchboard, instance, limit, clock, signal }: DrainWait): Promise<boolean> {
  const backends = switchboard.backends(instance);
  const givenUp = new AbortController();
  const takeBack: (() => void)[] = [];
  const idle = Promise.all(
    backends.map((backend) => new Promise<void>((resolve) => takeBack.push(backend.whenIdle(resolve)))),
  ).then(() => true);
  const over = clock.sleep(limit, AbortSignal.any([signal, givenUp.signal])).then(() => false);
  try {
    const inTime = await Promise.race([idle, over]);
    if (!inTime) for (const backend of backends) for (const close of [...backend.tunnels]) close();
    return inTime;
  } finally {
    for (const take of takeBack) take();
    givenUp.abort();
    over.catch(() => {});
  }
}
