import { StepFault } from "../../fault.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { ROUTER_UNREACHABLE } from "../faults.ts";
import type { RouterTable } from "../router.ts";
import { chosen, type StartedRouter, type StartOptions, upToDate } from "../start-options.ts";
import { tell } from "./cli.ts";
import { mapPath, putBack, save, savedName, savedTable } from "./disk.ts";
import { HaproxyRouter, type Running } from "./haproxy-router.ts";
import type { Launch } from "./launch.ts";
import { freePools, placementOf, poolsFor } from "./placement.ts";
import { forgetProcess, processesIn, recordProcess } from "./process-record.ts";
import { refuseTable } from "./refuse-table.ts";
import { spawnHaproxy } from "./spawn.ts";

export type HaproxyOptions = StartOptions & Readonly<{ launch: Launch }>;

/**
 * The HAProxy of a folder: the one that runs there, or a new one that outlives this process. Resolves once it answers and serves
 * `table` or newer routes. Faults: `port-taken`, `routes-refused`, `router-not-started`, `haproxy-missing`, `haproxy-too-old`.
 */
export async function startHaproxy(options: HaproxyOptions): Promise<StartedRouter> {
  const { folder, table, log, signal } = options;
  makeFolder(folder);
  const found = await findRunning(folder, signal);
  if (found !== null) return await adopt(found, options);
  const before = savedName(folder);
  const onDisk = await savedTable(folder);
  const serve = chosen(onDisk, table);
  if (serve !== onDisk) saveAfresh(serve, options);
  let running: Running;
  try {
    running = await spawnHaproxy({ ...options, listen: serve.listen, before: null });
  } catch (fault) {
    // Another start was quicker: its HAProxy is the one to use.
    const other = await findRunning(folder, signal);
    if (other !== null) return await adopt(other, options);
    // It never served these: what was there before is still what was applied last.
    putBack(folder, before);
    throw fault;
  }
  const router = routerOf(running, options);
  const state = await router.state(signal);
  log(`started HAProxy in ${folder} (pid ${running.pid}, epoch ${state.table.epoch})`);
  return await started(router, { adopted: false, now: state.table }, options);
}

async function adopt(found: Running, options: HaproxyOptions): Promise<StartedRouter> {
  const router = routerOf(found, options);
  const { table } = await router.state(options.signal);
  options.log(`the HAProxy of ${options.folder} runs already (pid ${found.pid}, epoch ${table.epoch})`);
  return await started(router, { adopted: true, now: table }, options);
}

async function started(
  router: HaproxyRouter,
  { adopted, now }: Readonly<{ adopted: boolean; now: RouterTable }>,
  options: HaproxyOptions,
): Promise<StartedRouter> {
  const table = await upToDate(router, now, options);
  return { router, pid: () => router.pid, orderly: "SIGUSR1", adopted, table };
}

function routerOf(running: Running, options: HaproxyOptions): HaproxyRouter {
  const { folder, random, clock, log } = options;
  return new HaproxyRouter({
    running,
    map: mapPath(folder),
    save: (saved) => save(folder, saved, random),
    takeOver: async (table, old, signal) => {
      const before = savedName(folder);
      saveAfresh(table, options);
      try {
        return await spawnHaproxy({ ...options, signal, listen: table.listen, before: old });
      } catch (fault) {
        putBack(folder, before);
        throw fault;
      }
    },
    predecessors: async (pid) => (await processesIn(folder)).filter((one) => (one.process?.pid ?? pid) !== pid).length,
    clock,
    log,
  });
}

/** For a HAProxy that is yet to be started: every slot is free. */
function saveAfresh(table: RouterTable, { folder, random }: HaproxyOptions): void {
  refuseTable(table);
  const pools = poolsFor(table);
  save(folder, { table, placements: placementOf({ pools: freePools(pools) }, table) ?? [], pools }, random);
}

/** The one that answers. Those that only finish what they have do not. */
async function findRunning(folder: string, signal: AbortSignal): Promise<Running | null> {
  for (const { name, socket, process } of await processesIn(folder)) {
    try {
      const pid = Number(/^Pid: (\d+)$/m.exec(await tell(socket, ["show info"], signal))?.[1] ?? Number.NaN);
      if (!Number.isInteger(pid)) continue;
      if (process === null) recordProcess(folder, name, pid);
      return { pid, socket };
    } catch (error) {
      if (!(error instanceof StepFault && error.code === ROUTER_UNREACHABLE)) throw error;
      if (process === null) forgetProcess(folder, name);
    }
  }
  return null;
}
