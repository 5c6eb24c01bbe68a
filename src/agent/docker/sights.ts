import type { Clock } from "../../io/clock.ts";
import { processStamp } from "../../io/process.ts";
import type { Look } from "../runtime.ts";
import type { InstanceRecord, Instances } from "../state/instances.ts";
import { inspect } from "./create-container.ts";
import type { Engine } from "./engine.ts";
import { findImage, type Image } from "./images.ts";
import { containerName } from "./labels.ts";
import { OwnChecks } from "./own-checks.ts";
import type { Sight } from "./sight.ts";

export type Seen = Readonly<{ sight: Sight; stamp: string | null; image: Image | null }>;

/** How long the engine may take to tell of a death that can be seen, and how often it is listened for, in milliseconds. */
const DEATH_TOLD = 2_000;
const TELLING = 20;

/** What was last seen of each instance's container, and of its image. */
export class Sights {
  readonly #seen = new Map<string, Seen>();
  readonly #images = new Map<string, Promise<Image | null>>();
  readonly #checks: OwnChecks;
  readonly #options: Readonly<{ instances: Instances; clock: Clock; signal: AbortSignal }>;

  constructor(options: Readonly<{ instances: Instances; clock: Clock; signal: AbortSignal }>) {
    this.#options = options;
    this.#checks = new OwnChecks(options);
  }

  get(id: string): Seen | undefined {
    return this.#seen.get(id);
  }

  forget(id: string): void {
    this.#seen.delete(id);
    this.#checks.forget(id);
  }

  /** Another engine may know other images by the same names. */
  engineLost(): void {
    this.#images.clear();
  }

  look(record: InstanceRecord): Look {
    const known = this.#seen.get(record.id);
    if (known === undefined) return { lives: false, pid: null, container: null };
    const { sight, image } = known;
    const lives = sight.running && livesBy(known);
    return {
      lives,
      pid: lives ? sight.pid : null,
      container: {
        health: sight.health === "starting" && this.#checks.passed(sight) ? "healthy" : sight.health,
        complaint: sight.complaint,
        images: image?.identities ?? [sight.image],
        port: record.spec.port,
      },
    };
  }

  /** Looks at a container and remembers what was seen. */
  async see(engine: Engine, record: InstanceRecord): Promise<Sight | null> {
    const sight = await inspect(engine, containerName(record));
    if (sight === null) {
      this.forget(record.id);
      return null;
    }
    const image = await this.#image(engine, sight.image);
    const stamp = sight.pid === null ? null : processStamp(sight.pid);
    this.#seen.set(record.id, { sight, stamp, image });
    return sight;
  }

  /** Has the container's own health check run now, where the engine has not run it yet. */
  async check(engine: Engine, { id }: InstanceRecord): Promise<void> {
    const known = this.#seen.get(id);
    if (known !== undefined) await this.#checks.run(engine, known.sight);
  }

  /** A process that is gone, of a container that is said to run: how it ended is about to be told. */
  async deathHeard({ id, restarts }: InstanceRecord): Promise<void> {
    const { clock, signal, instances } = this.#options;
    for (let left = DEATH_TOLD; left > 0 && this.#isDead(id); left -= TELLING) {
      if (instances.get(id)?.restarts !== restarts) return;
      await clock.sleep(TELLING, signal);
    }
  }

  #isDead(id: string): boolean {
    const known = this.#seen.get(id);
    return known?.sight.running === true && !livesBy(known);
  }

  #image(engine: Engine, id: string): Promise<Image | null> {
    const known = this.#images.get(id) ?? findImage(engine, id).catch(() => null);
    this.#images.set(id, known);
    return known;
  }
}

/** The engine's word may be a moment old; where its processes can be seen, they are asked. */
const livesBy = ({ sight, stamp }: Seen): boolean =>
  stamp === null || (sight.pid !== null && processStamp(sight.pid) === stamp);
