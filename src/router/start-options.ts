import type { Clock } from "../io/clock.ts";
import type { Random } from "../io/random.ts";
import type { Router, RouterTable } from "./router.ts";

export type StartOptions = Readonly<{
  /** Absolute; of this (fleet, environment) alone. Made with mode 0700 when missing. */
  folder: string;
  /** What to serve when the folder has no routes yet, or older ones. Newer routes on disk win: they are what was applied last. */
  table: RouterTable;
  log: (line: string) => void;
  signal: AbortSignal;
  clock: Clock;
  random: Random;
  /** Milliseconds that the process has until it answers; default 30,000. */
  patience?: number;
}>;

export type StartedRouter = Readonly<{
  router: Router;
  /** The process that carries the traffic now; another may have taken over from the first. */
  pid: () => number;
  /** What tells it to finish what it has and end. */
  orderly: "SIGTERM" | "SIGUSR1";
  /** It ran already. */
  adopted: boolean;
  /** What it serves now: the epoch to count on from is in it. */
  table: RouterTable;
}>;

/** Newer routes on disk were applied last and win; where to listen is what is asked for now. */
export function chosen(onDisk: RouterTable | null, asked: RouterTable): RouterTable {
  if (onDisk === null || onDisk.epoch < asked.epoch) return asked;
  const same = onDisk.listen.host === asked.listen.host && onDisk.listen.port === asked.listen.port;
  return same ? onDisk : { ...onDisk, listen: asked.listen, epoch: onDisk.epoch + 1 };
}

/** A router that runs already is told what it does not know yet. */
export async function upToDate(
  router: Router,
  now: RouterTable,
  { table, signal }: Pick<StartOptions, "table" | "signal">,
): Promise<RouterTable> {
  if (now.epoch >= table.epoch) return now;
  await router.apply(table, signal);
  return table;
}
