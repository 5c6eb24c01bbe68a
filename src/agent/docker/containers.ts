import { STALE_FENCE, StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import type { Logs } from "../instances/logs.ts";
import type { Ports } from "../instances/ports.ts";
import type { Scope } from "../protocol.ts";
import type { Look, Runtime } from "../runtime.ts";
import type { Secrets } from "../secrets.ts";
import type { InstanceRecord, Instances } from "../state/instances.ts";
import { Connection } from "./connection.ts";
import { containerLines } from "./container-logs.ts";
import { inspect, removeContainer } from "./create-container.ts";
import { Effects } from "./effects.ts";
import { endContainer } from "./end-container.ts";
import type { Engine } from "./engine.ts";
import { ensureContainer } from "./ensure-container.ts";
import type { Image } from "./images.ts";
import { containerName } from "./labels.ts";
import { recordIn } from "./record-in.ts";
import { Revivals } from "./revivals.ts";
import { exitOf } from "./sight.ts";
import { Sights } from "./sights.ts";
import { Turns } from "./turns.ts";
import { type EngineEvent, listOurs } from "./watch-engine.ts";

export type ContainersOptions = Readonly<{
  /** Whose containers these are: of all on the engine, only they are touched. */
  agent: string;
  socket: () => string;
  instances: Instances;
  secrets: Secrets;
  logs: Logs;
  ports: Ports;
  clock: Clock;
  /** Aborted when the agent ends: containers then go on without it. */
  signal: AbortSignal;
  log: (line: string) => void;
}>;

/** Instances that are containers. What should be stands in the agent's record; the engine is brought to it, again and again. */
export class Containers implements Runtime {
  readonly #options: ContainersOptions;
  readonly #sights: Sights;
  readonly #connection: Connection;
  readonly #turns = new Turns();
  readonly #effects = new Effects();
  readonly #revivals: Revivals;
  readonly #outOfMemory = new Set<string>();
  readonly #ending = new Set<string>();

  constructor(options: ContainersOptions) {
    this.#options = options;
    this.#sights = new Sights(options);
    this.#revivals = new Revivals(options);
    this.#connection = new Connection({
      ...options,
      connected: (engine) => this.#reconcile(engine),
      heard: (engine, event) => this.#heard(engine, event),
      lost: () => this.#sights.engineLost(),
    });
  }

  /** Begins to follow the engine where there is something of ours to follow. */
  recover(): void {
    if (this.#options.instances.wanted().some(isContainer)) this.#connection.watch();
  }

  look(record: InstanceRecord): Look {
    return this.#sights.look(record);
  }

  async ready(records: readonly InstanceRecord[]): Promise<void> {
    await this.engine();
    await Promise.all(records.map((record) => this.#sights.deathHeard(record)));
  }

  async check(record: InstanceRecord): Promise<void> {
    await this.#sights.check(await this.engine(), record);
  }

  /** The engine, once it was looked through. Faults: `engine-unreachable` when it stays away. */
  engine(): Promise<Engine> {
    return this.#connection.engine();
  }

  async start(ids: readonly string[]): Promise<void> {
    const ended = await Promise.allSettled(ids.map((id) => this.#tracked(id, this.#ensureInTurn(id))));
    const failed = ended.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  forget(id: string): void {
    this.#revivals.forget(id);
  }

  async end(id: string, options: Readonly<{ timeout: number; permit: () => void }>): Promise<void> {
    const record = this.#options.instances.get(id);
    if (record === null) return;
    const { clock, signal, logs } = this.#options;
    this.#ending.add(id);
    try {
      await this.#turns.take(id, async () => {
        const engine = await this.engine();
        options.permit();
        await endContainer({
          engine,
          name: containerName(record),
          timeout: record.spec.container?.stopTimeout ?? options.timeout,
          clock,
          signal,
          guarded: (effect) => {
            options.permit();
            return this.#tracked(id, effect());
          },
          note: (line) => logs.note(id, line),
        });
        this.#sights.forget(id);
      });
    } finally {
      this.#ending.delete(id);
    }
  }

  async *logs(
    record: InstanceRecord,
    options: Readonly<{ follow: boolean; signal: AbortSignal }>,
  ): AsyncGenerator<readonly string[]> {
    const engine = await this.engine();
    const sight = this.#sights.get(record.id)?.sight ?? (await inspect(engine, containerName(record)));
    if (sight !== null) yield* containerLines(engine, sight, options);
  }

  settled(scope: Scope): Promise<void> {
    return this.#effects.settled(scope);
  }

  /** Lets a claim of its scope wait until it is over. */
  tracked<T>(scope: Scope, effect: Promise<T>): Promise<T> {
    return this.#effects.track(scope, effect);
  }

  #tracked<T>(id: string, effect: Promise<T>): Promise<T> {
    const scope = this.#options.instances.get(id)?.scope;
    return scope === undefined ? effect : this.tracked(scope, effect);
  }

  /** Makes and starts what is wanted and does not run. */
  #ensureInTurn(id: string): Promise<void> {
    return this.#turns.take(id, async () => {
      const engine = await this.engine();
      const record = await ensureContainer(engine, id, this.#options);
      if (record !== null) await this.#sights.see(engine, record);
    });
  }

  /** What happened while nobody looked: deaths, ends that were not finished, containers that nobody wants. */
  async #reconcile(engine: Engine): Promise<void> {
    const { instances, log, agent } = this.#options;
    const wanted = instances.wanted().filter(isContainer);
    const names = new Map(wanted.map((record) => [containerName(record), record]));
    const there = new Set<string>();
    for (const listed of await listOurs(engine, agent)) {
      const { name, id, instance, state } = listed;
      if (names.has(name)) there.add(name);
      else if (state === "created" || instances.get(instance) !== null) {
        log(`removing ${name}: nothing of that name is wanted`);
        await removeContainer(engine, id);
      } else {
        // Records come before containers: this one's was lost or is older than it. What serves is not ended on a guess.
        const record = recordIn(listed);
        if (record === null) {
          log(`leaving ${name} alone: it runs, and nothing is written down of it; remove it once another serves`);
          continue;
        }
        log(`taking up ${name}: it runs, and what was written down of it was lost`);
        instances.add(record);
        names.set(name, record);
        there.add(name);
      }
    }
    const missing: string[] = [];
    for (const [name, record] of names) {
      const sight = there.has(name) ? await this.#sights.see(engine, record) : null;
      if (record.goal === "stop") {
        if (sight === null || (record.terminating && !sight.running && !sight.restarting)) {
          if (sight !== null) await removeContainer(engine, sight.container);
          this.#sights.forget(record.id);
          instances.update(record.id, { goal: "retired", terminating: false });
        }
        continue;
      }
      if (sight !== null && sight.restarts > record.restarts) instances.update(record.id, { restarts: sight.restarts });
      if (sight === null || (!sight.running && !sight.restarting)) missing.push(record.id);
    }
    for (const id of missing)
      void this.#tracked(id, this.#ensureInTurn(id)).catch((error) => this.#died(id, String(error.message)));
  }

  async #heard(engine: Engine, event: EngineEvent): Promise<void> {
    const { instances } = this.#options;
    const { action, instance: id, generation } = event;
    const record = instances.get(id);
    if (record === null || record.goal === "retired") {
      // It landed after its end: a request that was on its way when its sender died.
      if (action === "create" && !this.#ending.has(id)) await removeContainer(engine, event.container);
      return;
    }
    if (record.generation !== generation) return;
    if (action === "oom") this.#outOfMemory.add(id);
    if (action === "destroy") this.#sights.forget(id);
    else await this.#sights.see(engine, record);
    if (record.goal !== "run" || this.#ending.has(id)) return;
    if (action === "die") {
      const known = this.#sights.get(id);
      const exit = exitOf(event.exitCode, this.#outOfMemory.delete(id)) + foreign(engine, known?.image ?? null);
      this.#count(id, exit);
      // The engine starts it again by itself, unless somebody has told it to stop.
      if (known !== undefined && !known.sight.running && !known.sight.restarting) this.#again(id);
    } else if (action === "destroy" && !this.#revivals.isPlanned(id)) {
      // Whoever removes a running one ends it first: that death is counted already, and it is about to be made again.
      this.#died(id, "removed by somebody else");
    }
  }

  #count(id: string, how: string): void {
    const { instances, logs, log } = this.#options;
    const record = instances.get(id);
    if (record === null || record.goal !== "run") return;
    logs.note(id, `died: ${how}`);
    log(`${id} died: ${how}`);
    instances.update(id, { restarts: record.restarts + 1, lastExit: how });
  }

  #died(id: string, how: string): void {
    if (this.#options.signal.aborted) return;
    this.#count(id, how);
    this.#again(id);
  }

  /** What the engine does not start again, the agent does. */
  #again(id: string): void {
    this.#revivals.plan(id, () => {
      this.#tracked(id, this.#ensureInTurn(id)).catch((error: Error) => {
        if (!(error instanceof StepFault) || error.code !== STALE_FENCE) this.#died(id, error.message);
      });
    });
  }
}

/** Records of processes may be older than containers. */
export const isContainer = ({ spec }: Pick<InstanceRecord, "spec">): boolean => (spec.container ?? null) !== null;

/** A program for another processor ends at once, and says little. */
const foreign = ({ architecture }: Engine, image: Image | null): string =>
  image === null || image.architecture === "" || architecture === "" || image.architecture === architecture
    ? ""
    : ` (its image is for ${image.architecture}, this engine runs ${architecture})`;
