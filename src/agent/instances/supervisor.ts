import type { Clock } from "../../io/clock.ts";
import {
  childStamp,
  type Exit,
  findByVariable,
  groupLives,
  processStamp,
  sendSignal,
  startProcess,
} from "../../io/process.ts";
import type { Secrets } from "../secrets.ts";
import type { InstanceChanges, InstanceRecord, Instances } from "../state/instances.ts";
import { BackOff } from "./back-off.ts";
import { INSTANCE_VARIABLE, instanceEnvironment } from "./environment.ts";
import { adopted, exitText, type Live } from "./live.ts";
import type { Logs } from "./logs.ts";
import { terminate } from "./terminate.ts";

export type SupervisorOptions = Readonly<{
  instances: Instances;
  secrets: Secrets;
  logs: Logs;
  clock: Clock;
  /** The agent's own environment; of it, instances are given PATH and HOME. */
  environment: Readonly<Record<string, string>>;
  /** Aborted when the agent ends: instances then go on without it. */
  signal: AbortSignal;
  log: (line: string) => void;
}>;

/** Starts instances, knows which live, and starts again what dies while it is wanted. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #lives = new Map<string, Live>();
  readonly #backOffs = new Map<string, BackOff>();
  /** Instances that somebody is ending right now. */
  readonly #ending = new Set<string>();
  /** Restarts that wait. */
  readonly #waiting = new Map<string, AbortController>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  live(id: string): Live | null {
    return this.#lives.get(id) ?? null;
  }

  /** After the agent's own start: finds what runs, and starts what should. */
  recover(): void {
    const { instances, clock, signal } = this.#options;
    const wanted = instances.wanted().filter(({ argv }) => argv !== null);
    if (wanted.length === 0) return;
    // Started, but the agent died before it wrote down the pid.
    const unrecorded = findByVariable(INSTANCE_VARIABLE);
    for (const record of wanted) {
      const pid =
        record.pid !== null && processStamp(record.pid) === record.stamp
          ? record.pid
          : (unrecorded.get(record.id) ?? null);
      const stamp = pid === null ? null : processStamp(pid);
      if (pid !== null && stamp !== null) {
        if (pid !== record.pid) instances.update(record.id, { pid, stamp });
        this.#options.log(`found ${record.id} again (pid ${pid})`);
        this.#keep(record.id, adopted({ pid, stamp, clock, signal }));
      } else if (record.goal === "stop") {
        if (record.pid !== null) endGroup(record.pid);
        instances.update(record.id, { goal: "retired", terminating: false, pid: null, stamp: null });
      } else if (record.pid === null) {
        this.start(record.id);
      } else {
        this.#died(record.id, { exit: null, lived: 0, pid: record.pid });
      }
    }
  }

  /** Synchronous: the processes are there, and recorded, before anything else can happen on this agent. */
  start(...ids: readonly string[]): void {
    const started = ids.map((id) => this.#start(id)).filter((each) => each !== null);
    if (started.length === 0) return;
    this.#record(() => this.#options.instances.started(started));
  }

  #start(id: string): readonly [string, InstanceChanges] | null {
    const { instances, secrets, logs, clock } = this.#options;
    const record = instances.get(id);
    if (record === null || record.argv === null || record.goal !== "run" || this.#lives.has(id)) return null;
    this.#waiting.delete(id);
    const variables = secrets.reveal(record.scope, record.service, record.revision.variables);
    if (variables === null) {
      this.#died(id, { exit: failed("its variables are not on this host"), lived: 0, pid: null });
      return null;
    }
    const since = clock.monotonic();
    const { pid, exited } = this.#spawn(
      { ...record, argv: record.argv },
      variables,
      logs.file(id, record.generation).path,
    );
    if (pid === null) {
      void exited.then((exit) => this.#died(id, { exit, lived: 0, pid: null }));
      return null;
    }
    const stamp = childStamp(pid);
    this.#keep(id, { pid, stamp, since, gone: exited, hurry: () => undefined });
    logs.note(id, `started (pid ${pid}, port ${record.port ?? "none"})`);
    return [id, { pid, stamp, startedAt: clock.now() }];
  }

  /** It is not wanted any more: a restart that waits is called off. */
  forget(id: string): void {
    this.#waiting.get(id)?.abort();
    this.#waiting.delete(id);
    this.#backOffs.delete(id);
  }

  /** Ends its process and group; nothing to end is success. `permit` as in `terminate`. */
  async end(id: string, options: Readonly<{ timeout: number; permit: () => void }>): Promise<void> {
    const { clock, signal, logs } = this.#options;
    const live = this.#lives.get(id);
    if (live === undefined) return;
    this.#ending.add(id);
    try {
      await terminate({ live, clock, signal, ...options, note: (line) => logs.note(id, line) });
    } finally {
      this.#ending.delete(id);
    }
  }

  #spawn(
    record: InstanceRecord & Readonly<{ argv: readonly [string, ...string[]] }>,
    variables: Readonly<Record<string, string>>,
    log: string,
  ) {
    const { argv, source } = record;
    const [file, ...args] = argv;
    const env = instanceEnvironment(record, variables, this.#options.environment);
    try {
      return startProcess({ argv: [file === "node" ? process.execPath : file, ...args], cwd: source, env, log });
    } catch (error) {
      return { pid: null, exited: Promise.resolve(failed((error as Error).message)) };
    }
  }

  #keep(id: string, live: Live): void {
    this.#lives.set(id, live);
    live.gone.then(
      (exit) => {
        if (this.#lives.get(id) !== live) return;
        this.#lives.delete(id);
        this.#died(id, { exit, lived: this.#options.clock.monotonic() - live.since, pid: live.pid });
      },
      () => undefined,
    );
  }

  #died(id: string, end: Readonly<{ exit: Exit | null; lived: number; pid: number | null }>): void {
    const { instances, logs, signal } = this.#options;
    if (signal.aborted) return;
    const record = instances.get(id);
    if (record === null || record.goal === "retired") return;
    const how = exitText(end.exit) ?? "nobody saw how";
    if (record.goal === "stop") {
      logs.note(id, `ended: ${how}`);
      if (this.#ending.has(id)) return;
      if (end.pid !== null) endGroup(end.pid);
      this.#record(() => instances.update(id, { goal: "retired", terminating: false, pid: null, stamp: null }));
      return;
    }
    if (end.pid !== null) endGroup(end.pid);
    const backOff = this.#backOffs.get(id) ?? new BackOff();
    this.#backOffs.set(id, backOff);
    const delay = backOff.next(end.lived);
    logs.note(id, `died: ${how}; started again in ${delay} ms`);
    this.#options.log(`${id} died: ${how}; started again in ${delay} ms`);
    this.#record(() =>
      instances.update(id, { restarts: record.restarts + 1, lastExit: exitText(end.exit) ?? record.lastExit }),
    );
    this.#startLater(id, delay);
  }

  #startLater(id: string, delay: number): void {
    const called = new AbortController();
    this.#waiting.get(id)?.abort();
    this.#waiting.set(id, called);
    const { clock, signal, log } = this.#options;
    clock.sleep(delay, AbortSignal.any([called.signal, signal])).then(
      () => {
        try {
          this.start(id);
        } catch (error) {
          log(`${id} could not be started: ${(error as Error).message}`);
          this.#startLater(id, Math.max(delay, 1000));
        }
      },
      () => undefined,
    );
  }

  /** What runs goes on even when it cannot be written down: it is found again by its environment. */
  #record(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log(`the agent's record could not be written: ${(error as Error).message}`);
    }
  }
}

/** What a dead process left of its group would hold its port. A leader of that pid means that the group is another one. */
function endGroup(pid: number): void {
  if (processStamp(pid) === null && groupLives(pid)) sendSignal(-pid, "SIGKILL");
}

const failed = (error: string): Exit => ({ code: null, signal: null, error });
