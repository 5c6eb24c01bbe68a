import type { Clock } from "../../io/clock.ts";
import { isInContainer, sendSignal } from "../../io/process.ts";
import type { Engine } from "./engine.ts";
import type { HealthCheck, Sight } from "./sight.ts";

/** What one run of a container's health check came to. `hangs`: it did not end in its time. */
export type OwnCheck = "passed" | "failed" | "hangs";

type Running = Readonly<{ engine: Engine; clock: Clock; signal: AbortSignal }>;

/**
 * Runs a container's own health check as the engine itself runs it: in the container, as its user, with its variables; well is what ends
 * with 0. Faults: `engine-unreachable`.
 */
export async function ownCheck(
  sight: Sight,
  check: HealthCheck,
  { engine, clock, signal }: Running,
): Promise<OwnCheck> {
  const made = await engine.ask({
    method: "POST",
    path: `/containers/${sight.container}/exec`,
    body: { AttachStdout: true, AttachStderr: true, Cmd: check.command },
  });
  // It has ended meanwhile, or is paused.
  if (made.status >= 400) return "failed";
  const run = (made.body as { Id: string }).Id;
  const over = new AbortController();
  const ended = endOf(engine, run, AbortSignal.any([signal, over.signal]));
  ended.catch(() => undefined);
  const late = clock.sleep(check.timeout, AbortSignal.any([signal, over.signal])).then(() => "late" as const);
  late.catch(() => undefined);
  try {
    if ((await Promise.race([ended, late])) === "late") {
      await endRun(engine, run, sight.container);
      return "hangs";
    }
  } finally {
    over.abort();
  }
  return (await stateOf(engine, run)).ExitCode === 0 ? "passed" : "failed";
}

/** Its output ends when it does; what it says is no business of anybody's: the engine's own run will say it. */
async function endOf(engine: Engine, run: string, signal: AbortSignal): Promise<void> {
  const said = await engine.stream(
    { method: "POST", path: `/exec/${run}/start`, body: { Detach: false, Tty: false }, signal },
    "The health check could not be run",
  );
  for await (const _ of said);
}

/** The engine has no way to end it; where it is this host's process and ours to end, it is ended as one. */
async function endRun(engine: Engine, run: string, container: string): Promise<void> {
  const { Running: running, Pid } = await stateOf(engine, run);
  if (running !== true || Pid === undefined || !isInContainer(Pid, container)) return;
  try {
    sendSignal(Pid, "SIGKILL");
  } catch {
    // Another user's: it is left to itself, and no other is started beside it.
  }
}

type RunState = { ExitCode?: number | null; Running?: boolean; Pid?: number };

const stateOf = async (engine: Engine, run: string): Promise<RunState> =>
  ((await engine.ask({ method: "GET", path: `/exec/${run}/json` })).body ?? {}) as RunState;
