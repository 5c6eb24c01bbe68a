import type { Store } from "../store.ts";

/** The same store, each of whose methods is run by `around`. */
export function eachMethod<S extends Partial<Store>>(store: S, around: <T>(work: () => Promise<T>) => Promise<T>): S {
  return new Proxy(store, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function") return method;
      return (...given: unknown[]) => around(async () => method.apply(target, given));
    },
  });
}
