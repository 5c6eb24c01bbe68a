import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/engine/sqlite/sqlite-store.ts";
import type { Store } from "../../src/engine/store.ts";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { readFleet } from "../../src/fleet/read-fleet.ts";
import { localHost } from "../../src/hosts/local/local-host.ts";
import { systemClock } from "../../src/io/clock.ts";
import { programEntry } from "../../src/io/program-entry.ts";
import type { Observed } from "../../src/plan/observed.ts";
import { hostedTarget } from "../../src/targets/hosted/hosted-target.ts";
import { type Ran, timed, timedWell } from "../timed.ts";

/** A fleet that is deployed for real, to `staging` on this machine. */
export type BenchFleet = Readonly<{
  name: string;
  fleet: Fleet;
  sampan: (...args: string[]) => Promise<Ran>;
  observe: () => Promise<Observed>;
  withStore: <T>(use: (store: Store) => Promise<T>) => Promise<T>;
  /** Gives every service a variable of another value: all of them change, and every bundle is there already. */
  change: () => Promise<void>;
  /** Writes files, by their paths in the repository, and commits them. */
  commit: (files: Readonly<Record<string, string>>) => Promise<void>;
  close: () => Promise<void>;
}>;

export type Place = Readonly<{
  name: string;
  root: string;
  /** SAMPAN_HOME. */
  home: string;
  env: NodeJS.ProcessEnv;
  change: () => Promise<void>;
  close: () => Promise<void>;
}>;

const SAMPAN = fileURLToPath(new URL("../../bin/sampan.js", import.meta.url));

export async function benchFleet({ name, root, home, env, change, close }: Place): Promise<BenchFleet> {
  const read = await readFleet(join(root, "sampan.yaml"));
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  const { fleet } = read;
  const staging = fleet.environments.staging;
  if (staging === undefined) throw new Error(`${name} has no staging`);
  const signal = new AbortController().signal;
  const host = localHost({ stateFolder: join(home, "agent"), agentEntry: programEntry("agent"), clock: systemClock });
  const target = hostedTarget({
    fleet: fleet.name,
    environment: staging.name,
    listen: staging.listen,
    router: staging.target.router,
    hosts: [host],
    clock: systemClock,
  });
  return {
    name,
    fleet,
    sampan: async (...args) => {
      const ran = await timed([process.execPath, SAMPAN, ...args], { cwd: root, env });
      if (ran.code === 0) return ran;
      throw new Error(`sampan ${args.join(" ")}: ${ran.code}: ${ran.stderr.slice(-3000)}${ran.stdout.slice(-3000)}`);
    },
    observe: () => target.observe({ signal }),
    withStore: async (use) => {
      const store = await openSqliteStore(join(home, "fleets", fleet.name));
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    },
    change,
    commit: async (files) => {
      for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
      for (const args of [
        ["add", "--all"],
        ["commit", "--quiet", "--message=Measure"],
      ])
        await timedWell(["git", ...args], { cwd: root, env });
      // What is there may say who is behind.
      if ((await timedWell(["git", "remote"], { cwd: root, env })).stdout !== "")
        await timedWell(["git", "push", "--quiet"], { cwd: root, env });
    },
    close,
  };
}
