import { homedir } from "node:os";
import { StepFault } from "../../fault.ts";
import type { Environment } from "../../fleet/fleet.ts";
import { run } from "../../io/exec.ts";
import { appliedMigrations } from "../../migrations/applied-migrations.ts";
import { oneLine } from "../../plain.ts";
import { type Problem, problem, Refused } from "../../problem.ts";
import { readConfiguration } from "../../release/configuration.ts";
import type { Workplace } from "../../release/workplace.ts";
import type { StoreLook } from "../../store/look-at-store.ts";
import { storeAddress } from "../../store/store-address.ts";
import type { Unrecorded } from "../../targets/target.ts";
import type { Call } from "../call.ts";
import { EXIT } from "../exit-codes.ts";
import { printJson, wantsJson } from "../output.ts";
import { environmentAt, openWorkplace } from "../workplace.ts";

type Finding = Readonly<{ what: string; well: boolean; seen: string; hint: string | null }>;

/** Looks at what Sampan needs here and, where one is named, in an environment. Changes nothing but may start the agent. */
export async function doctor(call: Call): Promise<number> {
  const findings: Finding[] = [
    await tool(call, "git", "install git"),
    await tool(
      call,
      "pnpm",
      "install pnpm 10 (`npm install --global pnpm@10`), or name `build.bundle` in the fleet file",
    ),
  ];
  findings.unshift({ what: "node", well: true, seen: process.version, hint: null });
  try {
    const at = await openWorkplace(call);
    findings.push({
      what: "fleet file",
      well: true,
      seen: `${Object.keys(at.fleet.services).length} services, ${Object.keys(at.fleet.environments).length} environments`,
      hint: null,
    });
    findings.push(await store(at));
    const environments =
      call.args[0] === undefined ? Object.values(at.fleet.environments) : [environmentAt(at, call.args[0])];
    for (const environment of environments) findings.push(...(await lookAt(at, environment)));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    findings.push(...error.problems.map(unwell));
  }
  const well = findings.every((finding) => finding.well);
  if (wantsJson(call)) printJson({ formatVersion: 1, well, findings });
  else {
    for (const { what, well: good, seen, hint } of findings) {
      process.stdout.write(
        `${good ? "✓" : "✗"} ${what}: ${oneLine(seen)}\n${good || hint === null ? "" : `  → ${oneLine(hint)}\n`}`,
      );
    }
  }
  return well ? EXIT.done : EXIT.refused;
}

async function store(at: Workplace): Promise<Finding> {
  const { store: spec, name } = at.fleet;
  if (spec === null || spec.kind === "folder") {
    const act = async () => void (await (await at.store()).releases(null, 1));
    return attempt("store", "free some disk, or name another `store:`", act, at.state);
  }
  let look: StoreLook | null = null;
  const found = await attempt(
    "store",
    "start its server, or the way to it",
    async () => {
      const { lookAtStore } = await import("../../store/look-at-store.ts");
      look = await lookAtStore(storeAddress(spec, { env: at.processEnv, home: homedir() }), name);
    },
    "",
  );
  const { seen, wrong } = (look as StoreLook | null) ?? { seen: found.seen, wrong: null };
  return wrong === null
    ? { ...found, seen }
    : { ...found, well: false, seen: `${seen}: ${wrong.what}`, hint: wrong.hint };
}

const unwell = ({ file, line, column, message, hint }: Problem): Finding => ({
  what: file === null ? "fleet" : [file, line, column].filter((part) => part !== null).join(":"),
  well: false,
  seen: message,
  hint,
});

async function tool(call: Call, name: string, hint: string): Promise<Finding> {
  const ran = await run({ argv: [name, "--version"], timeout: 10_000, signal: call.stop });
  return ran.exitCode === 0
    ? { what: name, well: true, seen: ran.stdout.trim(), hint: null }
    : { what: name, well: false, seen: "not found", hint };
}

async function attempt(what: string, hint: string, act: () => Promise<void>, seen: string): Promise<Finding> {
  try {
    await act();
    return { what, well: true, seen, hint: null };
  } catch (error) {
    if (error instanceof Refused) return { ...unwell(error.problems[0] ?? problem("refused", error.message)), what };
    return {
      what,
      well: false,
      seen: error instanceof Error ? error.message : String(error),
      hint: error instanceof StepFault && error.evidence !== "" ? error.evidence : hint,
    };
  }
}

async function lookAt(at: Workplace, environment: Environment): Promise<readonly Finding[]> {
  const target = at.target(environment);
  const findings: Finding[] = [];
  let routed = false;
  findings.push(
    await attempt(
      `${environment.name}: agent`,
      "see agent.log in Sampan's state folder",
      async () => {
        const { services } = await target.observe({ signal: at.signal });
        routed = Object.values(services).some(({ route }) => route !== null);
      },
      "answers",
    ),
  );
  if (environment.target.kind === "compose") findings.push(...(await containers(at, environment)));
  const { host, port } = environment.listen;
  findings.push(
    await attempt(
      `${environment.name}: router`,
      "change `listen` or the target's `router` in the fleet file",
      () => target.tryRouting({ signal: at.signal }),
      routed ? `has ${host}:${port}` : `can have ${host}:${port}`,
    ),
  );
  const names = Object.keys(at.fleet.services);
  let configuration: Awaited<ReturnType<typeof readConfiguration>> | null = null;
  findings.push(
    await attempt(
      `${environment.name}: variables`,
      "see docs/guide/fleet-file.md",
      async () => {
        configuration = await readConfiguration(at, environment.name, names);
      },
      "all files can be read",
    ),
  );
  const known = configuration as Awaited<ReturnType<typeof readConfiguration>> | null;
  for (const [name, { migrationUrl }] of known?.services ?? []) {
    if (at.fleet.services[name]?.migrations == null || migrationUrl === null) continue;
    findings.push(
      await attempt(
        `${environment.name}: database of ${name}`,
        "start it, or correct the URL",
        async () => {
          await appliedMigrations(migrationUrl, at.signal);
        },
        "answers",
      ),
    );
  }
  return findings;
}

/** Less than that, and pulling the next images may fail half-way. */
const LITTLE = 2e9;

/** The engine, its disk, and Compose with the environment's own files. */
async function containers(at: Workplace, environment: Environment): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const target = at.target(environment);
  const what = `${environment.name}: engine`;
  const hint = "start Docker, and let this user speak to it (the group docker)";
  const found = await attempt(
    what,
    hint,
    async () => {
      const info = await target.engine?.({ signal: at.signal });
      if (info === undefined) return;
      const { version, api, architecture, storage, socket, free } = info;
      const seen = `Docker ${version} (API ${api}, ${architecture}, ${storage}) at ${socket}`;
      findings.push({ what, well: true, seen, hint: null });
      if (free === null) return;
      findings.push({
        what: `${environment.name}: disk of images`,
        well: free >= LITTLE,
        seen: `${(free / 1e9).toFixed(1)} GB free`,
        hint: "make room: `sampan images prune`, or docker system df",
      });
    },
    "answers",
  );
  if (!found.well) findings.push(found);
  else findings.push(await recorded(at, environment));
  let services = 0;
  const compose = await attempt(
    `${environment.name}: compose file`,
    "see docs/guide/compose.md",
    async () => {
      services = Object.keys((await at.compose(environment))?.services ?? {}).length;
    },
    "",
  );
  return [...findings, compose.well ? { ...compose, seen: `${services} services, as Compose resolves it` } : compose];
}

/** What an agent whose record was lost leaves alone, since it cannot tell what serves. */
async function recorded(at: Workplace, environment: Environment): Promise<Finding> {
  const what = `${environment.name}: containers`;
  let lost: readonly Unrecorded[] = [];
  const found = await attempt(
    what,
    "see agent.log in Sampan's state folder",
    async () => {
      lost = (await at.target(environment).unrecorded?.({ signal: at.signal })) ?? [];
    },
    "all of them are written down",
  );
  if (lost.length === 0) return found;
  const told = lost.map(({ name, service, release }) => `${name} (${service}, release ${release})`).join(", ");
  return {
    what,
    well: false,
    seen: `nothing is written down of ${told}: the agent's record was lost. They run as before, and nobody starts them again`,
    hint: `deploy; once the new ones serve: docker rm --force ${lost.map(({ name }) => name).join(" ")}`,
  };
}
