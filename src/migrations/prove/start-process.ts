import { join } from "node:path";
import { instanceEnvironment } from "../../agent/instances/environment.ts";
import { startCommand } from "../../agent/instances/start-command.ts";
import type { Clock } from "../../io/clock.ts";
import { endGroupWithUs } from "../../io/end-group-with-us.ts";
import { processEnvironment } from "../../io/environment.ts";
import { readTextIfThere } from "../../io/files.ts";
import { freePort } from "../../io/free-port.ts";
import { type Exit, groupLives, sendSignal, startProcess } from "../../io/process.ts";
import type { Starter } from "./witness.ts";

/** Milliseconds from SIGTERM to SIGKILL: what a proof started has nothing to lose. */
const PATIENCE = 3_000;

/** Starts a bundle as an instance on this host is started: by its own start command, with what an instance is given, and PORT. */
export function processStarter({ folder, clock }: Readonly<{ folder: string; clock: Clock }>): Starter {
  let count = 0;
  return async (witness, { variables, environment, fleet }) => {
    count += 1;
    const id = `proof-${witness.service}-${count}`;
    const [file, ...args] = await startCommand(witness.source, witness.spec);
    const port = witness.spec.port === null ? null : await freePort();
    const log = join(folder, `${id}.log`);
    const record = {
      id,
      scope: { fleet, environment },
      service: witness.service,
      release: "proof",
      revision: { artifact: witness.artifact, commit: "0".repeat(40), variables: "0".repeat(64) },
      port,
    };
    const { pid, exited } = startProcess({
      argv: [file === "node" ? process.execPath : file, ...args],
      cwd: witness.source,
      // The same artifact starts twice and more: it is compiled once.
      env: {
        NODE_COMPILE_CACHE: join(folder, "compiled"),
        ...instanceEnvironment(record, variables, processEnvironment()),
      },
      log,
    });
    const callOff = pid === null ? () => undefined : endGroupWithUs(pid);
    let end: Exit | null = null;
    void exited.then((exit) => {
      end = exit;
    });
    return {
      endpoint: port === null ? null : { host: "127.0.0.1", port },
      ended: () => (end === null ? null : (end.error ?? end.signal ?? `exit code ${end.code}`)),
      tail: async () => ((await readTextIfThere(log)) ?? "").trim().split("\n").slice(-5).join("\n"),
      stop: async () => {
        if (pid === null) return;
        sendSignal(pid, "SIGTERM");
        const until = clock.monotonic() + PATIENCE;
        while (groupLives(pid) && clock.monotonic() < until) await clock.sleep(10);
        if (groupLives(pid)) sendSignal(-pid, "SIGKILL");
        callOff();
      },
    };
  };
}
