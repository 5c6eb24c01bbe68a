import { setTimeout as sleep } from "node:timers/promises";
import type { Chance } from "../chance.ts";
import { trickle } from "../outside/answers.ts";
import { agentsOf } from "../outside/processes.ts";
import { type RanSampan, sampan, startSampan } from "../sampan.ts";
import type { Behaviour, TinyFleet } from "../tiny/tiny-fleet.ts";
import type { Eyes } from "./eyes.ts";
import type { Outside, StatusDocument } from "./kill-oracle.ts";
import { documentOf } from "./looks.ts";

/** Ways of being bad that a gate sees within a moment. */
const BAD: readonly Omit<Behaviour, "version">[] = [
  { work: 500 },
  { logs: "the cache is gone" },
  { health: 503 },
  { crashesAfter: 20 },
  { neverListens: true },
];

/** When a command dies: so many milliseconds after its start, or after its nth step was over. */
type Moment = Readonly<{ steps: number; milliseconds: number }>;

export type Voyage = Readonly<{
  outside: Outside;
  tale: readonly string[];
  /** Seconds of the resumption that came to the end; null: nothing was killed. */
  recovery: number | null;
  /** What the killed commands had said last. */
  deaths: readonly string[];
}>;

export type Deployed = Readonly<{
  fleet: TinyFleet;
  folder: string;
  eyes: Eyes;
  /** Seconds within which whatever was cut off must have come to an end. */
  bound: number;
  replicas: Readonly<Record<string, number>>;
  /** What serves, by service; empty before the first deployment. */
  serving: Record<string, Behaviour>;
  earlier: Behaviour[];
}>;

/** One deployment with everything that can be killed killed, and the resumptions that bring it to an end. */
export async function voyage(at: Deployed, number: number, luck: Chance): Promise<Voyage> {
  const { fleet, replicas, serving } = at;
  const tale: string[] = [];
  const names = Object.keys(replicas);
  const bad = number % 3 === 2;
  const changed = names.filter(() => luck.happens(0.5));
  const first = Object.keys(serving).length === 0;
  if (first) changed.splice(0, changed.length, ...names);
  if (changed.length === 0) changed.push(luck.pick(names));
  const wanted: Record<string, Behaviour> = { ...serving };
  for (const name of changed) {
    // An earlier one has its bundle already.
    wanted[name] = at.earlier.length > 0 && luck.happens(0.2) ? luck.pick(at.earlier) : { version: `v${number + 1}` };
  }
  if (bad) wanted[luck.pick(changed)] = { version: `bad${number}`, ...luck.pick(BAD) };
  fleet.commit(`deployment ${number}`, wanted);
  tale.push(`wanted ${JSON.stringify(wanted)}, from ${JSON.stringify(serving)}`);

  const traffic = trickle(
    fleet.listen,
    // Of a first deployment nothing can be lost.
    Object.keys(serving).map((name) => `/${name}/version`),
  );
  const began = performance.now();
  let back = false;
  const deaths: string[] = [];
  const steps = 7 * changed.length;
  let said = await cut({ at, args: ["deploy", "staging"], steps, luck, tale, deaths });
  let recovery: number | null = null;
  while (said === null) {
    const args = ["resume", "staging"];
    if (luck.happens(0.2)) {
      args.push("--back");
      back = true;
    }
    const resumed = performance.now();
    said =
      deaths.length < 4 && luck.happens(0.4)
        ? await cut({ at, args, steps, luck, tale, deaths })
        : await whole(at, args, tale);
    if (said !== null) recovery = (performance.now() - resumed) / 1000;
  }
  const seconds = (performance.now() - began) / 1000;
  const outside = await lookAround(at, { wanted, bad, back, said, seconds });
  const { lost } = await traffic.stop();
  return { outside: { ...outside, lost }, tale, recovery, deaths };
}

type Told = Readonly<{
  wanted: Readonly<Record<string, Behaviour>>;
  bad: boolean;
  back: boolean;
  said: RanSampan;
  seconds: number;
}>;

/** What is there after a deployment, and whether a further resume finds anything to do. */
export async function lookAround(at: Deployed, { wanted, bad, back, said, seconds }: Told): Promise<Outside> {
  const { fleet, eyes, replicas, serving } = at;
  const instances = await eyes.instances();
  const answers = Object.fromEntries(
    await Promise.all(Object.keys(replicas).map(async (name) => [name, await eyes.heard(name)] as const)),
  );
  const status = (await sampan(["status", "staging", "--json"], run(fleet))).json() as StatusDocument;
  const routes = eyes.routes();
  const resumedAgain = await sampan(["resume", "staging", "--json"], run(fleet));
  return {
    replicas,
    before: versions(serving),
    wanted: versions(wanted),
    bad,
    back,
    said: { code: said.code, ...documentOf(said) },
    instances,
    answers,
    status,
    again: {
      instances: await eyes.instances(),
      code: resumedAgain.code,
      release: documentOf(resumedAgain).release,
      routes: eyes.routes() === routes,
    },
    strangers: await eyes.strangers(),
    lost: [],
    seconds,
    bound: at.bound,
  };
}

/** What serves after it, for the next one. */
export function arrived(at: Deployed, { instances, wanted }: Outside): void {
  for (const name of Object.keys(at.replicas)) {
    const runs = instances.find(({ service }) => service === name);
    if (runs === undefined || runs.version !== wanted[name] || at.serving[name]?.version === runs.version) continue;
    at.serving[name] = { version: runs.version };
    at.earlier.push(at.serving[name]);
  }
}

const run = (fleet: TinyFleet) => ({ cwd: fleet.root, env: fleet.env });

const versions = (of: Readonly<Record<string, Behaviour>>) =>
  Object.fromEntries(Object.entries(of).map(([name, { version }]) => [name, version]));

type Cut = Readonly<{
  at: Deployed;
  args: readonly string[];
  /** Steps that it may take. */
  steps: number;
  luck: Chance;
  tale: string[];
  deaths: string[];
}>;

/** Runs a command and kills it at a moment of its own choosing. Null: it died. */
async function cut({ at, args, steps, luck, tale, deaths }: Cut): Promise<RanSampan | null> {
  const moment: Moment = luck.happens(0.75)
    ? { steps: 1 + luck.upTo(steps), milliseconds: luck.upTo(80) }
    : { steps: 0, milliseconds: luck.upTo(2_000) };
  const agentToo = luck.happens(0.25) ? luck.upTo(2_500) : null;
  const { child, ended, output } = startSampan(args, run(at.fleet));
  const over = ended.then(() => true);
  const gone = async (milliseconds: number) => (await Promise.race([over, sleep(milliseconds)])) === true;
  const agent = agentToo === null ? null : gone(agentToo).then((early) => !early && killAgent(at.folder, tale));
  while ((output().match(/^✓ [a-z]+\.[a-z]/gm)?.length ?? 0) < moment.steps && !(await gone(5)));
  if (!(await gone(moment.milliseconds))) {
    child.kill("SIGKILL");
    if (luck.happens(0.2)) killAgent(at.folder, tale);
  }
  const ran = await ended;
  await agent;
  const last = ran.stdout.trimEnd().split("\n").at(-1) ?? "";
  tale.push(
    `${args.join(" ")}: ${ran.signal ?? `exit ${ran.code}`}, killed ${JSON.stringify(moment)}, last line: ${last}`,
  );
  if (ran.signal === null) {
    tale.push(ran.stdout + ran.stderr);
    return ran;
  }
  deaths.push(phaseOf(last));
  return null;
}

/** The kind of step that was over last. */
const phaseOf = (line: string): string =>
  /^✓ [a-z]+\.([a-z]+)/.exec(line)?.[1] ??
  (line === "" ? "start" : /^[✓…] (check|build)/.test(line) ? "preparation" : "claim");

async function whole(at: Deployed, args: readonly string[], tale: string[]): Promise<RanSampan> {
  const { child, ended } = startSampan([...args, "--json"], run(at.fleet));
  const limit = setTimeout(() => child.kill("SIGKILL"), 90_000);
  const ran = await ended;
  clearTimeout(limit);
  tale.push(`${args.join(" ")}: ${ran.signal ?? `exit ${ran.code}`}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

function killAgent(folder: string, tale: string[]): void {
  for (const pid of agentsOf(folder)) {
    try {
      process.kill(pid, "SIGKILL");
      tale.push(`killed the agent (pid ${pid})`);
    } catch {
      // Gone already.
    }
  }
}
