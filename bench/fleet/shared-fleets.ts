import type { BenchFleet } from "./bench-fleet.ts";
import { go2asia } from "./go2asia.ts";
import { sixTiny } from "./six-tiny.ts";

/** Real fleets on this machine, handed from one measurement to the next. */
export type SharedFleets = Readonly<{
  /** Whatever the measurement before has left of them. */
  used: () => Promise<readonly BenchFleet[]>;
  /** Where nothing was ever deployed: made anew if somebody has used them. */
  fresh: () => Promise<readonly BenchFleet[]>;
  close: () => Promise<void>;
}>;

/** Both fleets, made when they are first asked for and ended together. */
export function sharedFleets(say: (line: string) => void): SharedFleets {
  let made: BenchFleet[] = [];
  let making: Promise<readonly BenchFleet[]> | null = null;
  const make = async (): Promise<readonly BenchFleet[]> => {
    say("  setting up six tiny services, and the example fleet with its PostgreSQL");
    for (const open of [sixTiny, go2asia]) made.push(await open());
    return made;
  };
  const used = (): Promise<readonly BenchFleet[]> => {
    making ??= make();
    return making;
  };
  const close = async (): Promise<void> => {
    await making?.catch(() => undefined);
    for (const fleet of made) await fleet.close();
    made = [];
    making = null;
  };
  return {
    used,
    fresh: async () => {
      if (making !== null) await close();
      return await used();
    },
    close,
  };
}
