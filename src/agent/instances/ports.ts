import { createServer } from "node:net";
import { StepFault } from "../../fault.ts";
import type { Random } from "../../io/random.ts";

/** Below the ports that the kernel hands out for outgoing connections. */
const FIRST = 20_000;
const LAST = 32_000;

/** Ports for instances: never one that is recorded as in use, nor one that something listens on. */
export class Ports {
  readonly #random: Random;
  readonly #recorded: () => ReadonlySet<number>;
  readonly #reserved = new Set<number>();

  constructor(options: Readonly<{ random: Random; recorded: () => ReadonlySet<number> }>) {
    this.#random = options.random;
    this.#recorded = options.recorded;
  }

  /** Nobody else is given them until they are released, which is after they are recorded (or not needed). */
  async reserve(count: number, preferred: number | null = null): Promise<readonly number[]> {
    const found: number[] = [];
    try {
      if (preferred !== null && count > 0 && (await this.#take(preferred))) found.push(preferred);
      const size = LAST - FIRST + 1;
      const start = Math.floor(this.#random.fraction() * size);
      for (let step = 0; found.length < count; step += 1) {
        if (step >= size) throw noneLeft();
        const port = FIRST + ((start + step) % size);
        if (await this.#take(port)) found.push(port);
      }
      return found;
    } catch (error) {
      this.release(found);
      throw error;
    }
  }

  release(ports: readonly number[]): void {
    for (const port of ports) this.#reserved.delete(port);
  }

  async #take(port: number): Promise<boolean> {
    if (this.#reserved.has(port) || this.#recorded().has(port)) return false;
    this.#reserved.add(port);
    if (await canListen(port)) return true;
    this.#reserved.delete(port);
    return false;
  }
}

const noneLeft = () =>
  new StepFault({ code: "no-free-port", message: `No port from ${FIRST} to ${LAST} is free`, retry: "safe" });

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
