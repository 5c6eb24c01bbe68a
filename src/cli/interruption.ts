import { compileNoMore } from "../io/end-process.ts";
import { EXIT } from "./exit-codes.ts";

/** The first Ctrl-C (or SIGTERM) asks for an end after the running steps; the second ends at once. The journal makes both safe. */
export function interruption(): AbortSignal {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) {
      process.stderr.write("stopped at once; `sampan resume` continues\n");
      process.exit(EXIT.interrupted);
    }
    compileNoMore();
    process.stderr.write("stopping after the running steps; press Ctrl-C again to stop at once\n");
    stop.abort(new Interrupted());
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // A closed terminal is an interruption as well; a deployment that is killed by it would be resumed anyway.
  process.on("SIGHUP", onSignal);
  return stop.signal;
}

export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}
