import { StepFault } from "../../fault.ts";
import { makeFolder } from "../../io/make-folder.ts";
import { ROUTER_UNREACHABLE } from "../faults.ts";
import type { RouterTable } from "../router.ts";
import { chosen, type StartedRouter, type StartOptions, upToDate } from "../start-options.ts";
import { tell } from "./cli.ts";
import { isConfigured, putBack, readSaved, save, savedName } from "./disk.ts";
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
  const onDisk = await readSaved(folder);
  const serve = chosen(onDisk?.table ?? null, table);
  let running: Running;
  try {
    if (serve !== onDisk?.table) await saveAfresh(serve, options);
    else if (!(await isConfigured(folder, onDisk))) await save(folder, onDisk, options.random);
    running = await spawnHaproxy({ ...options, listen: serve.listen, before: null });
  } catch (fault) {
    // Another start was quicker: its HAProxy is the one to use.
    const other = await findSoon(options);
    if (other !== null) return await adopt(other, options);
    // It never served these: what was there before is still what was applied last.
    await putBack(folder, before);
    throw fault;
  }
  const router = routerOf(running, options);
  const state = await router.state(signal);
  log(`started HAProxy in ${folder} (pid ${running.pid}, epoch ${state.table.epoch})`);
  return await started(router, { adopted: false, now: state.table }, options);
}

/** What the HAProxy of a folder says that it does; null: none runs there. */
export async function haproxyTable(options: HaproxyOptions): Promise<RouterTable | null> {
  const found = await findRunning(options.folder, options.signal);
  return found === null ? null : (await routerOf(found, options).state(options.signal)).table;
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
  // It has the port: whatever else was begun here has ended, or will.
  for (const { name, process } of await processesIn(options.folder)) {
    if (process === null) forgetProcess(options.folder, name);
  }
  return { router, pid: () => router.pid, orderly: "SIGUSR1", adopted, table };
}

function routerOf(running: Running, options: HaproxyOptions): HaproxyRouter {
  const { folder, random, clock, log } = options;
  return new HaproxyRouter({
    running,
    save: (saved) => save(folder, saved, random),
    takeOver: async (table, old, signal) => {
      const before = savedName(folder);
      await saveAfresh(table, options);
      try {
        return await spawnHaproxy({ ...options, signal, listen: table.listen, before: old });
      } catch (fault) {
        await putBack(folder, before);
        throw fault;
      }
    },
    predecessors: async (pid) => (await processesIn(folder)).filter((one) => (one.process?.pid ?? pid) !== pid).length,
    clock,
    log,
  });
}

/** For a HAProxy that is yet to be started: every slot is free. */
async function saveAfresh(table: RouterTable, { folder, random }: HaproxyOptions): Promise<void> {
  refuseTable(table);
  const pools = poolsFor(table);
  await save(folder, { table, placements: placementOf({ pools: freePools(pools) }, table) ?? [], pools }, random);
}

/** Where starts are under way that nobody knows the end of, one of them may answer in a moment. */
async function findSoon({ folder, clock, signal }: HaproxyOptions): Promise<Running | null> {
  const until = clock.monotonic() + 1_000;
  for (;;) {
    const found = await findRunning(folder, signal);
    const others = await processesIn(folder);
    if (found !== null || others.length === 0 || clock.monotonic() > until) return found;
    await clock.sleep(20, signal);
  }
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
    }
  }
  return null;
}
