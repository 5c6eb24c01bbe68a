/** Milliseconds that what still closes may take. */
const LINGER = 500;

/**
 * Ends this process with `code` as soon as nothing holds it any more, and in half a second at the latest. Not by `process.exit()` at once: Node then waits
 * for the compilers that work beside, and one of these may wait for a garbage collection that nobody does any more
 * (nodejs/node#54918); one command in a hundred hung for ever. Half a second later they have long been idle.
 */
export function endProcess(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), LINGER).unref();
}

/** No compiler begins to work beside from now on: for whoever may have to call `process.exit()` at once. */
export function compileNoMore(): void {
  // Not read at every start for the sake of an interruption.
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--no-opt");
  setFlagsFromString("--no-maglev");
}
