import { z } from "zod";
import { StepFault } from "../../fault.ts";
import type { Clock } from "../../io/clock.ts";
import { type Ran, run } from "../../io/exec.ts";
import { inspect } from "./create-container.ts";
import { type Engine, refused } from "./engine.ts";
import { PREREQUISITES } from "./prerequisites.ts";
import type { Sight } from "./sight.ts";

export type Surroundings = Readonly<{
  /** Compose's name of the project. */
  project: string;
  /** Services of the compose file that are none of the fleet's. */
  services: readonly string[];
}>;

const listSchema = z.array(z.looseObject({ Id: z.string(), Labels: z.record(z.string(), z.string()).nullish() }));

/** Those of which nothing runs. What has ended well and is not to be started again is done, not missing. */
export async function missingOf(engine: Engine, { project, services }: Surroundings): Promise<readonly string[]> {
  const seen = await sightsOf(engine, project);
  return services.filter(
    (service) => !(seen.get(service) ?? []).some((sight) => sight.running || sight.restarting || isDone(sight)),
  );
}

const isDone = ({ status, exitCode, restartPolicy }: Sight): boolean =>
  status === "exited" && exitCode === 0 && (restartPolicy === "no" || restartPolicy === "on-failure");

async function sightsOf(engine: Engine, project: string): Promise<ReadonlyMap<string, readonly Sight[]>> {
  const filters = JSON.stringify({
    label: [`com.docker.compose.project=${project}`, "com.docker.compose.oneoff=False"],
  });
  const answer = await engine.ask({ method: "GET", path: "/containers/json", query: { all: "true", filters } });
  if (answer.status >= 400) throw refused("The containers could not be listed", answer);
  const found = new Map<string, Sight[]>();
  for (const { Id, Labels } of listSchema.parse(answer.body)) {
    const sight = await inspect(engine, Id);
    const service = Labels?.["com.docker.compose.service"];
    if (sight === null || service === undefined) continue;
    found.set(service, [...(found.get(service) ?? []), sight]);
  }
  return found;
}

export type Start = Surroundings &
  Readonly<{
    engine: Engine;
    /** The resolved compose file, as Compose printed it: it is handed to Compose by its stdin. */
    config: string;
    environment: Readonly<Record<string, string>>;
    /** Milliseconds that all of them have until they are well. */
    patience: number;
    clock: Clock;
    signal: AbortSignal;
  }>;

const UP = ["up", "--detach", "--no-recreate", "--no-deps", "--quiet-pull"];
const POLL = 100;

/**
 * Starts what is missing by Compose itself and waits until it is well; what runs is left alone. Faults: `surroundings-refused` with Compose's
 * word, `surroundings-unwell` with the engine's.
 */
export async function startSurroundings(start: Start): Promise<void> {
  const missing = await missingOf(start.engine, start);
  if (missing.length > 0) {
    // Compose makes networks and volumes as well.
    const ran = await start.engine.turns.take(PREREQUISITES, () => up(start, missing));
    if (ran.exitCode !== 0) throw composeFault(missing, ran);
  }
  await well(start);
}

const up = (start: Start, missing: readonly string[]): Promise<Ran> =>
  run({
    argv: ["docker", "compose", "--project-name", start.project, "--file", "-", ...UP, "--", ...missing],
    env: start.environment,
    input: start.config,
    timeout: start.patience,
    signal: start.signal,
  });

async function well({ engine, project, services, patience, clock, signal }: Start): Promise<void> {
  const until = clock.monotonic() + patience;
  for (;;) {
    const seen = await sightsOf(engine, project);
    const waiting: string[] = [];
    for (const service of services) {
      for (const sight of seen.get(service) ?? []) {
        const why = unwell(sight);
        if (why === null) continue;
        if (why.final) throw unwellFault(service, why.text);
        waiting.push(`${service} ${why.text}`);
      }
    }
    if (waiting.length === 0) return;
    if (clock.monotonic() > until) throw unwellFault(waiting.join(", "), `after ${patience / 1000} s`);
    await clock.sleep(POLL, signal);
  }
}

/** Null: it is well. `final`: it will not become so by itself. */
function unwell(sight: Sight): Readonly<{ text: string; final: boolean }> | null {
  if (isDone(sight)) return null;
  if (sight.restarting)
    return { text: `dies again and again (exit code ${sight.exitCode})`, final: sight.restarts > 2 };
  if (!sight.running) return { text: `ended with exit code ${sight.exitCode} ${sight.error}`.trim(), final: true };
  if (sight.health === "unhealthy") return { text: "is unhealthy by its own health check", final: true };
  return sight.health === "starting" ? { text: "is not healthy yet", final: false } : null;
}

const unwellFault = (service: string, why: string) =>
  new StepFault({
    code: "surroundings-unwell",
    message: `${service} of the compose file ${why}`,
    evidence: "see `docker compose logs`",
  });

function composeFault(services: readonly string[], ran: Ran): StepFault {
  const said = ran.stderr.trim().split("\n");
  return new StepFault({
    code: "surroundings-refused",
    message: `Compose could not start ${services.join(", ")}: ${ran.failure === "not-found" ? "there is no docker command" : (said.at(-1) ?? ran.failure)}`,
    evidence: said.slice(-15).join("\n"),
  });
}
