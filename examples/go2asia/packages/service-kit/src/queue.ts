import type { PgBoss } from "pg-boss";
import { z } from "zod";
import type { Log } from "./log.ts";

/** Points for a user, once per external id however often it is delivered. */
export const awardSchema = z.object({
  externalId: z.string().min(1).max(200),
  userId: z.uuid(),
  amount: z.int().min(1).max(1_000_000),
  reason: z.string().min(1).max(200),
});
export type Award = z.infer<typeof awardSchema>;

const AWARDS = "points.award";
/** Where an award that fails again and again is put, for people to look at. */
const AWARDS_DEAD = "points.award.dead";

type QueueOptions = Readonly<{ url: string; service: string; log: Log; stopping: AbortSignal }>;

/** Awards travel through pg-boss in a database of their own. It connects after the service listens; `/ready` waits for it. */
export class AwardQueue {
  readonly #options: QueueOptions;
  #boss: Promise<PgBoss> | null = null;
  #connected = false;
  #whenConnected: readonly (() => void)[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Connects in the background, again and again until it succeeds; `consume` is then given each award that arrives. */
  start(consume: ((award: Award) => Promise<void>) | null): void {
    this.#boss = this.#connect(consume);
    this.#boss.catch(() => {});
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Called once, when the queue can take awards. */
  onConnected(listener: () => void): void {
    if (this.#connected) listener();
    else this.#whenConnected = [...this.#whenConnected, listener];
  }

  /** For `/ready`. */
  readonly answers = async (): Promise<void> => {
    if (!this.#connected) throw new Error("not connected yet");
  };

  /** Resolves once the queue holds the award durably. */
  async publish(award: Award): Promise<void> {
    if (this.#boss === null) throw new Error("the queue was not started");
    const boss = await this.#boss;
    await boss.send(AWARDS, award);
  }

  async close(): Promise<void> {
    if (!this.#connected || this.#boss === null) return;
    const boss = await this.#boss;
    await boss.stop({ graceful: true, close: true, timeout: 3_000 });
  }

  async #connect(consume: ((award: Award) => Promise<void>) | null): Promise<PgBoss> {
    const { url, service, log, stopping } = this.#options;
    const { PgBoss } = await import("pg-boss");
    for (let attempt = 1; ; attempt += 1) {
      stopping.throwIfAborted();
      const boss = new PgBoss({
        connectionString: url,
        application_name: `${service}-queue`,
        max: 2,
        // Only who consumes looks after the queue's own tables.
        supervise: consume !== null,
        schedule: false,
      });
      boss.on("error", (error) => log.warn({ error }, "the queue had an error"));
      try {
        await boss.start();
        await boss.createQueue(AWARDS_DEAD);
        await boss.createQueue(AWARDS, { retryLimit: 10, retryDelay: 1, retryBackoff: true, deadLetter: AWARDS_DEAD });
        if (consume !== null) {
          await boss.work<unknown>(AWARDS, { pollingIntervalSeconds: 0.5, batchSize: 20 }, async (jobs) => {
            for (const job of jobs) await consume(awardSchema.parse(job.data));
          });
        }
        this.#connected = true;
        log.info({ attempt }, "connected to the queue");
        for (const listener of this.#whenConnected) listener();
        return boss;
      } catch (error) {
        await boss.stop({ graceful: false, close: true }).catch(() => {});
        log.warn({ error, attempt }, "the queue cannot be reached yet");
        await pause(Math.min(250 * 2 ** attempt, 5_000), stopping);
      }
    }
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
