const FIRST = 100;
const LONGEST = 30_000;
/** Milliseconds of life after which a death starts the count anew. */
const HEALTHY = 10_000;

/** How long to wait before an instance that died is started again: doubling, so that a crash loop costs next to nothing. */
export class BackOff {
  #deaths = 0;

  next(lived: number): number {
    if (lived >= HEALTHY) this.#deaths = 0;
    const delay = Math.min(LONGEST, FIRST * 2 ** this.#deaths);
    this.#deaths = Math.min(this.#deaths + 1, 16);
    return delay;
  }
}
