import type { BenchFleet } from "./bench-fleet.ts";
import { go2asia } from "./go2asia.ts";
import { sixTiny } from "./six-tiny.ts";

/** Both fleets, made once and ended together. */
export function sharedFleets(say: (line: string) => void) {
  const made: BenchFleet[] = [];
  let making: Promise<readonly BenchFleet[]> | null = null;
  const make = async (): Promise<readonly BenchFleet[]> => {
    say("  setting up six tiny services, and the example fleet with its PostgreSQL");
    for (const open of [sixTiny, go2asia]) made.push(await open());
    return made;
  };
  return {
    fleets: (): Promise<readonly BenchFleet[]> => {
      making ??= make();
      return making;
    },
    close: async (): Promise<void> => {
      await making?.catch(() => undefined);
      for (const fleet of made) await fleet.close();
    },
  };
}
