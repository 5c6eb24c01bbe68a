import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { inspect, removeContainer } from "./create-container.ts";
import { type Engine, refused } from "./engine.ts";

export type ContainerEnding = Readonly<{
  engine: Engine;
  /** Its name. */
  name: string;
  /** Milliseconds from its stop signal to SIGKILL. */
  timeout: number;
  clock: Clock;
  signal: AbortSignal;
  /** Runs an effect: compares the fence in its tick, and lets a claim wait for it. */
  guarded: <T>(effect: () => Promise<T>) => Promise<T>;
  note: (line: string) => void;
}>;

const POLL = 20;
/** Only a process that hangs in the kernel survives SIGKILL for so long. */
const AFTER_KILL = 10_000;

/** Its stop signal, time to finish, SIGKILL, gone: with its anonymous volumes. Nothing there is success. */
export async function endContainer(ending: ContainerEnding): Promise<void> {
  const { engine, name, clock, guarded, note } = ending;
  const sight = await inspect(engine, name);
  if (sight === null) return;
  if (sight.running || sight.restarting) {
    await guarded(() => kill(engine, sight.container, sight.stopSignal ?? "SIGTERM"));
    if (!(await stopped(ending, sight.container, clock.monotonic() + ending.timeout))) {
      note(`SIGKILL after ${ending.timeout} ms`);
      await guarded(() => kill(engine, sight.container, "SIGKILL"));
      if (!(await stopped(ending, sight.container, clock.monotonic() + AFTER_KILL))) {
        throw new StepFault({
          code: "instance-survives",
          message: `The container ${name} does not end, not even by SIGKILL`,
          retry: "safe",
        });
      }
    }
  }
  await guarded(() => removeContainer(engine, sight.container));
}

/** A signal that the engine takes for a stop keeps it from starting the container again. */
async function kill(engine: Engine, container: string, signal: string): Promise<void> {
  const answer = await engine.ask({ method: "POST", path: `/containers/${container}/kill`, query: { signal } });
  // Between two starts there is nothing to signal; its restart is called off.
  if (answer.status === 409)
    await engine.ask({ method: "POST", path: `/containers/${container}/stop`, query: { t: "0" } });
  else if (answer.status >= 400 && answer.status !== 404)
    throw refused(`The container ${container} could not be signalled`, answer);
}

async function stopped({ engine, clock, signal }: ContainerEnding, container: string, until: number): Promise<boolean> {
  for (;;) {
    const sight = await inspect(engine, container);
    if (sight === null || (!sight.running && !sight.restarting)) return true;
    if (clock.monotonic() >= until) return false;
    await clock.sleep(Math.min(POLL, Math.max(1, until - clock.monotonic())), signal);
  }
}
