import type { Random } from "../../io/random.ts";

/** Ids that no other request has: drawn once, then counted, because fresh randomness for each costs a twentieth of the router's time. */
export class RequestIds {
  readonly #life: string;
  #count = 0;

  constructor(random: Random) {
    this.#life = random.hex(10);
  }

  next(): string {
    this.#count += 1;
    return this.#life + this.#count.toString(16).padStart(12, "0");
  }
}
