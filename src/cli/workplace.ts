import { homedir, hostname, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { bundleKind } from "../artifacts/bundle/bundle-kind.ts";
import { imageKind } from "../artifacts/images/image-kind.ts";
import { pullAuth } from "../artifacts/images/registry/pull-auth.ts";
import { readRun } from "../ci/read-run.ts";
import { composeReader } from "../compose/compose-reader.ts";
import { composedVariables } from "../compose/composed-variables.ts";
import type { Store } from "../engine/store.ts";
import type { Environment } from "../fleet/fleet.ts";
import { readFleet } from "../fleet/read-fleet.ts";
import { localHost } from "../hosts/local/local-host.ts";
import { systemClock } from "../io/clock.ts";
import { processEnvironment } from "../io/environment.ts";
import { programEntry } from "../io/program-entry.ts";
import { systemRandom } from "../io/random.ts";
import { type ResolvedHost, resolveHost } from "../io/resolve-host.ts";
import { notifier } from "../notify/notify.ts";
import { oneLine } from "../plain.ts";
import { problem, Refused } from "../problem.ts";
import { environmentOf, type Workplace } from "../release/workplace.ts";
import { openStore } from "../store/open-store.ts";
import { hostedTarget } from "../targets/hosted/hosted-target.ts";
import type { InstancesTarget } from "../targets/target.ts";
import { readAgeIdentities } from "../variables/age.ts";
import { createVariablesReader, type VariablesReader } from "../variables/variables-reader.ts";
import type { Call } from "./call.ts";

/** Where Sampan keeps its state: `SAMPAN_HOME`, else the user's state folder. */
export function stateHome(env: Readonly<Record<string, string>>): string {
  const { SAMPAN_HOME: own, XDG_STATE_HOME: xdg } = env;
  if (own !== undefined && own !== "") return resolve(own);
  return join(xdg !== undefined && xdg !== "" ? xdg : join(homedir(), ".local", "state"), "sampan");
}

/** The agent of this host and this user. */
export const agentFolder = (env: Readonly<Record<string, string>>): string => join(stateHome(env), "agent");

/** Milliseconds that a host's name may take to resolve. */
const NAME_PATIENCE = 2000;

/** Reads the fleet file and puts together what the verbs work with. Opens nothing that a verb may not need. */
export async function openWorkplace(call: Call): Promise<Workplace> {
  const env = processEnvironment();
  const file = resolve(String(call.options.fleet ?? "sampan.yaml"));
  const read = await readFleet(file);
  if ("problems" in read) throw new Refused(read.problems);
  const { fleet } = read;
  const state = fleet.store?.kind === "folder" ? fleet.store.path : join(stateHome(env), "fleets", fleet.name);
  const host = localHost({ stateFolder: agentFolder(env), agentEntry: programEntry("agent"), clock: systemClock });
  const bundles = bundleKind({ state, clock: systemClock });
  const compose = composeReader({ root: fleet.root, env, signal: call.stop });
  const log = (line: string): void => {
    if (call.options.verbose === true) process.stderr.write(`${line}\n`);
  };
  const waiting = (line: string): void => void process.stderr.write(`… ${oneLine(line)}\n`);
  const images = imageKind({ fleet, state, env, clock: systemClock, signal: call.stop, log });
  const targets = new Map<string, InstancesTarget>();
  const resolving = new Map<string, Promise<ResolvedHost>>();
  let store: Promise<Store> | null = null;
  let reader: Promise<VariablesReader> | null = null;
  return {
    fleet,
    state,
    store: () => {
      store ??= openStore({
        ...{ fleet, state, env, home: homedir(), clock: systemClock, random: systemRandom, signal: call.stop, log },
        waiting,
      });
      return store;
    },
    target: (environment) => {
      const known = targets.get(environment.name);
      if (known !== undefined) return known;
      const made = hostedTarget({
        fleet: fleet.name,
        environment: environment.name,
        listen: environment.listen,
        registryAuth: (image) => pullAuth(image, { env, signal: call.stop }),
        router: environment.target.router,
        containers: environment.target.kind === "compose",
        hosts: [host],
        clock: systemClock,
      });
      targets.set(environment.name, made);
      return made;
    },
    artifacts: ({ target }) => (target.kind === "process" ? bundles : images),
    compose,
    ci: await readRun(env),
    processEnv: env,
    variables: () => {
      reader ??= readAgeIdentities({ processEnv: env, home: homedir() }).then(({ identities, problems }) => {
        if (problems.length > 0) throw new Refused(problems);
        return createVariablesReader({
          fleet,
          processEnv: env,
          ageIdentities: identities,
          composed: composedVariables(fleet, compose),
          signal: call.stop,
        });
      });
      return reader;
    },
    resolve: (name) => {
      const asked = resolving.get(name) ?? resolveHost(name, NAME_PATIENCE);
      resolving.set(name, asked);
      return asked;
    },
    notify: notifier(fleet.notify, {
      env,
      warn: (line) => void process.stderr.write(`! ${line}\n`),
      signal: call.stop,
    }),
    clock: systemClock,
    random: systemRandom,
    by: `${userInfo().username}@${hostname()}`,
    log,
    waiting,
    signal: call.stop,
  };
}

/** The environment that a command names. */
export function environmentAt(at: Workplace, name: unknown): Environment {
  const found = environmentOf(at.fleet, String(name));
  if (found !== null) return found;
  const known = Object.keys(at.fleet.environments);
  throw new Refused([
    problem(
      "unknown-environment",
      `there is no environment ${JSON.stringify(name)} in the fleet file`,
      `it has ${known.join(", ")}`,
    ),
  ]);
}
