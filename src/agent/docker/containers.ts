import { STALE_FENCE, StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { processStamp } from "../../io/process.ts";
import { BackOff } from "../instances/back-off.ts";
import type { Logs } from "../instances/logs.ts";
import type { Ports } from "../instances/ports.ts";
import type { Scope } from "../protocol.ts";
import type { Look, Runtime } from "../runtime.ts";
import type { Secrets } from "../secrets.ts";
import type { InstanceRecord, Instances } from "../state/instances.ts";
import { containerLines } from "./container-logs.ts";
import {
  type Creation,
  createContainer,
  inspect,
  PortTaken,
  removeContainer,
  startContainer,
} from "./create-container.ts";
import { endContainer } from "./end-container.ts";
import { Engine } from "./engine.ts";
import { findImage, type Image } from "./images.ts";
import { containerName } from "./labels.ts";
import { exitOf, type Sight } from "./sight.ts";
import { Turns } from "./turns.ts";
import { type EngineEvent, listOurs, watchEngine } from "./watch-engine.ts";

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

/** Further ports that are tried when one was taken between its reservation and the start. */
const PORTS = 5;
/** How long a caller waits for an engine that is away, and how long between two looks for it, in milliseconds. */
const PATIENCE = 5_000;
const RECONNECT = 250;
/** How long the engine may take to tell of a death that can be seen, and how often it is listened for, in milliseconds. */
const DEATH_TOLD = 2_000;
const TELLING = 20;

/** Instances that are containers. What should be stands in the agent's record; the engine is brought to it, again and again. */
export class Containers implements Runtime {
  readonly #options: ContainersOptions;
  readonly #sights = new Map<string, Readonly<{ sight: Sight; stamp: string | null; image: Image | null }>>();
  readonly #images = new Map<string, Promise<Image | null>>();
  readonly #turns = new Turns();
  readonly #effects = new Map<string, Set<Promise<unknown>>>();
  readonly #backOffs = new Map<string, BackOff>();
  readonly #waiting = new Map<string, AbortController>();
  readonly #outOfMemory = new Set<string>();
  readonly #ending = new Set<string>();
  #engine: Engine | null = null;
  #unreachable: unknown = null;
  /** Resolves when the engine was looked through; a new one each time that it was lost. */
  #known = Promise.withResolvers<Engine>();
  #watching = false;

  constructor(options: ContainersOptions) {
    this.#options = options;
  }

  /** Begins to follow the engine where there is something of ours to follow. */
  recover(): void {
    if (this.#options.instances.wanted().some(isContainer)) this.#watch();
  }

  look(record: InstanceRecord): Look {
    const known = this.#sights.get(record.id);
    if (known === undefined) return { lives: false, pid: null, container: null };
    const { sight, image } = known;
    const lives = sight.running && this.#livesBy(known);
    return {
      lives,
      pid: lives ? sight.pid : null,
      container: {
        health: sight.health,
        complaint: sight.complaint,
        images: image?.identities ?? [sight.image],
        port: record.spec.port,
      },
    };
  }

  async ready(records: readonly InstanceRecord[]): Promise<void> {
    await this.engine();
    await Promise.all(records.map((record) => this.#deathHeard(record)));
  }

  /** A process that is gone, of a container that is said to run: how it ended is about to be told. */
  async #deathHeard({ id, restarts }: InstanceRecord): Promise<void> {
    const { clock, signal, instances } = this.#options;
    for (let left = DEATH_TOLD; left > 0 && this.#isDead(id); left -= TELLING) {
      if (instances.get(id)?.restarts !== restarts) return;
      await clock.sleep(TELLING, signal);
    }
  }

  #isDead(id: string): boolean {
    const known = this.#sights.get(id);
    return known?.sight.running === true && !this.#livesBy(known);
  }

  /** The engine's word may be a moment old; where its processes can be seen, they are asked. */
  #livesBy = ({ sight, stamp }: Readonly<{ sight: Sight; stamp: string | null }>): boolean =>
    stamp === null || (sight.pid !== null && processStamp(sight.pid) === stamp);

  /** The engine, once it was looked through. Faults: `engine-unreachable` when it stays away. */
  async engine(): Promise<Engine> {
    this.#watch();
    const { clock, signal } = this.#options;
    const called = new AbortController();
    const late = clock.sleep(PATIENCE, AbortSignal.any([signal, called.signal])).then((): never => {
      throw this.#unreachable ?? new StepFault({ code: "engine-unreachable", message: "The engine does not answer" });
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([this.#known.promise, late]);
    } finally {
      called.abort();
    }
  }

  async start(ids: readonly string[]): Promise<void> {
    const ended = await Promise.allSettled(ids.map((id) => this.#tracked(id, this.#ensureInTurn(id))));
    const failed = ended.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  forget(id: string): void {
    this.#waiting.get(id)?.abort();
    this.#waiting.delete(id);
    this.#backOffs.delete(id);
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
        this.#sights.delete(id);
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

  async settled(scope: Scope): Promise<void> {
    await Promise.allSettled([...(this.#effects.get(keyOf(scope)) ?? [])]);
  }

  /** Lets a claim of its scope wait until it is over. */
  tracked<T>(scope: Scope, effect: Promise<T>): Promise<T> {
    const key = keyOf(scope);
    const effects = this.#effects.get(key) ?? new Set();
    this.#effects.set(key, effects);
    effects.add(effect);
    const over = () => void effects.delete(effect);
    effect.then(over, over);
    return effect;
  }

  #tracked<T>(id: string, effect: Promise<T>): Promise<T> {
    const scope = this.#options.instances.get(id)?.scope;
    return scope === undefined ? effect : this.tracked(scope, effect);
  }

  #ensureInTurn(id: string): Promise<void> {
    return this.#turns.take(id, async () => this.#ensure(await this.engine(), id));
  }

  /** Makes and starts what is wanted and does not run. */
  async #ensure(engine: Engine, id: string): Promise<void> {
    const { instances, ports, secrets, agent } = this.#options;
    for (let tries = 1; ; tries += 1) {
      const record = instances.get(id);
      if (record === null || record.goal !== "run") return;
      const { container } = record.spec;
      if (container === null) return;
      const variables = secrets.reveal(record.scope, record.service, record.revision.variables);
      if (variables === null) {
        throw new StepFault({
          code: "variables-missing",
          message: `The variables of ${id} are not on this host any more`,
        });
      }
      const creation: Creation = { record, container, variables, agent };
      const made = await createContainer(engine, creation);
      try {
        if (!made.running && !made.restarting && instances.get(id)?.goal === "run")
          await startContainer(engine, made, creation);
        await this.#see(engine, record);
        return;
      } catch (error) {
        if (!(error instanceof PortTaken) || tries >= PORTS)
          throw error instanceof PortTaken ? portFault(id, error) : error;
        await removeContainer(engine, made.container);
        const reserved = await ports.reserve(1);
        instances.update(id, { port: reserved[0] ?? null });
        ports.release(reserved);
      }
    }
  }

  /** Looks at a container and remembers what was seen. */
  async #see(engine: Engine, record: InstanceRecord): Promise<Sight | null> {
    const sight = await inspect(engine, containerName(record));
    if (sight === null) {
      this.#sights.delete(record.id);
      return null;
    }
    const image = await this.#image(engine, sight.image);
    const stamp = sight.pid === null ? null : processStamp(sight.pid);
    this.#sights.set(record.id, { sight, stamp, image });
    return sight;
  }

  #image(engine: Engine, id: string): Promise<Image | null> {
    const known = this.#images.get(id) ?? findImage(engine, id).catch(() => null);
    this.#images.set(id, known);
    return known;
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    void this.#follow();
  }

  /** Until the agent ends: connect, look through everything, follow the events; again when the engine was lost. */
  async #follow(): Promise<void> {
    const { clock, signal, log, agent, socket } = this.#options;
    let told = "";
    while (!signal.aborted) {
      try {
        this.#engine = await Engine.open(socket());
        told = "";
        await watchEngine(this.#engine, {
          agent,
          signal,
          connected: () => this.#reconcile(this.#engine as Engine),
          event: (event) => this.#heard(this.#engine as Engine, event),
        });
      } catch (error) {
        if (signal.aborted) break;
        this.#unreachable = error;
        const message = error instanceof StepFault ? `${error.message} ${error.evidence}` : String(error);
        if (message !== told) log(`the engine: ${message}`);
        told = message;
      }
      this.#engine?.close();
      this.#engine = null;
      this.#images.clear();
      this.#known = Promise.withResolvers<Engine>();
      await clock.sleep(RECONNECT, signal).catch(() => undefined);
    }
    this.#engine?.close();
  }

  /** What happened while nobody looked: deaths, ends that were not finished, containers that nobody wants. */
  async #reconcile(engine: Engine): Promise<void> {
    const { instances, log, agent } = this.#options;
    const wanted = instances.wanted().filter(isContainer);
    const names = new Map(wanted.map((record) => [containerName(record), record]));
    const there = new Set<string>();
    for (const { name, id, instance, unborn } of await listOurs(engine, agent)) {
      if (names.has(name)) there.add(name);
      else if (unborn || instances.get(instance) !== null) {
        log(`removing ${name}: nothing of that name is wanted`);
        await removeContainer(engine, id);
      } else {
        // Records come before containers: this one's was lost or is older than it. What serves is not ended on a guess.
        log(`leaving ${name} alone: it runs, and nothing is written down of it; remove it once another serves`);
      }
    }
    const missing: string[] = [];
    for (const [name, record] of names) {
      const sight = there.has(name) ? await this.#see(engine, record) : null;
      if (record.goal === "stop") {
        if (sight === null || (record.terminating && !sight.running && !sight.restarting)) {
          if (sight !== null) await removeContainer(engine, sight.container);
          this.#sights.delete(record.id);
          instances.update(record.id, { goal: "retired", terminating: false });
        }
        continue;
      }
      if (sight !== null && sight.restarts > record.restarts) instances.update(record.id, { restarts: sight.restarts });
      if (sight === null || (!sight.running && !sight.restarting)) missing.push(record.id);
    }
    this.#known.resolve(engine);
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
    if (action === "destroy") this.#sights.delete(id);
    else await this.#see(engine, record);
    if (record.goal !== "run" || this.#ending.has(id)) return;
    if (action === "die") {
      const known = this.#sights.get(id);
      const exit = exitOf(event.exitCode, this.#outOfMemory.delete(id)) + foreign(engine, known?.image ?? null);
      this.#count(id, exit);
      // The engine starts it again by itself, unless somebody has told it to stop.
      if (known !== undefined && !known.sight.running && !known.sight.restarting) this.#again(id);
    } else if (action === "destroy" && !this.#waiting.has(id)) {
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
    const { clock, signal } = this.#options;
    const backOff = this.#backOffs.get(id) ?? new BackOff();
    this.#backOffs.set(id, backOff);
    const called = new AbortController();
    this.#waiting.get(id)?.abort();
    this.#waiting.set(id, called);
    clock.sleep(backOff.next(0), AbortSignal.any([called.signal, signal])).then(
      () => {
        this.#waiting.delete(id);
        this.#tracked(id, this.#ensureInTurn(id)).catch((error: Error) => {
          if (!(error instanceof StepFault) || error.code !== STALE_FENCE) this.#died(id, error.message);
        });
      },
      () => undefined,
    );
  }
}

/** Records of processes may be older than containers. */
export const isContainer = ({ spec }: Pick<InstanceRecord, "spec">): boolean => (spec.container ?? null) !== null;

/** A program for another processor ends at once, and says little. */
const foreign = ({ architecture }: Engine, image: Image | null): string =>
  image === null || image.architecture === "" || architecture === "" || image.architecture === architecture
    ? ""
    : ` (its image is for ${image.architecture}, this engine runs ${architecture})`;

const keyOf = (scope: Scope): string => JSON.stringify([scope.fleet, scope.environment]);

const portFault = (id: string, { message }: PortTaken) =>
  new StepFault({
    code: "no-free-port",
    message: `${id} could not be given a port of the host`,
    evidence: message,
    retry: "safe",
  });
