import { openScratch, type ScratchServer } from "../migrations/prove/scratch/scratch-server.ts";
import type { Problem } from "../problem.ts";
import type { Workplace } from "./workplace.ts";

/** The scratch servers of one command: one for each major version, started when it is first asked for, and shared by its proofs. */
export type ScratchServers = Readonly<{
  of: (major: number) => Promise<ScratchServer | Problem>;
  /** It went away: whoever asks next gets another. Several may say so of the same one. */
  lost: (server: ScratchServer) => Promise<void>;
  stop: () => Promise<void>;
}>;

export function scratchServers({ clock, random, signal, processEnv }: Workplace): ScratchServers {
  const started = new Map<number, Promise<ScratchServer | Problem>>();
  const url = processEnv.SAMPAN_SCRATCH_URL || null;
  const stopped = async (opened: Promise<ScratchServer | Problem>): Promise<void> => {
    const server = await opened.catch(() => null);
    if (server !== null && !("code" in server)) await server.stop();
  };
  return {
    of: (major) => {
      const opened = started.get(major) ?? openScratch({ major, url, clock, random, signal });
      // Whoever asked early may never come to use it.
      opened.catch(() => undefined);
      started.set(major, opened);
      return opened;
    },
    lost: async (server) => {
      const opened = started.get(server.major);
      if (opened === undefined || (await opened.catch(() => null)) !== server) return;
      if (started.get(server.major) === opened) started.delete(server.major);
      await stopped(opened);
    },
    stop: async () => {
      await Promise.all([...started.values()].map(stopped));
    },
  };
}
