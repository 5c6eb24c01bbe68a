import { keyOf, type Scope } from "../protocol.ts";

/** What was asked of the engine for each scope and is not over yet: whoever claims a scope waits for it. */
export class Effects {
  readonly #under = new Map<string, Set<Promise<unknown>>>();

  /** Lets a claim of its scope wait until it is over. */
  track<T>(scope: Scope, effect: Promise<T>): Promise<T> {
    const key = keyOf(scope);
    const effects = this.#under.get(key) ?? new Set();
    this.#under.set(key, effects);
    effects.add(effect);
    const over = () => void effects.delete(effect);
    effect.then(over, over);
    return effect;
  }

  /** Resolves once everything is over that was begun by now, whatever became of it. */
  async settled(scope: Scope): Promise<void> {
    await Promise.allSettled([...(this.#under.get(keyOf(scope)) ?? [])]);
  }
}
