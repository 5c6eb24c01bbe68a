/** Work on one thing, one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins at once when nobody else is at it. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, turn);
    const over = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(over, over);
    return turn;
  }
}
