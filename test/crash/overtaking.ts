import { setTimeout as sleep } from "node:timers/promises";
import { seed } from "../campaign.ts";
import type { Chance } from "../chance.ts";
import { trickle } from "../outside/answers.ts";
import { type RanSampan, sampan, startSampan } from "../sampan.ts";
import type { TinyFleet } from "../tiny/tiny-fleet.ts";
import type { Eyes } from "./eyes.ts";
import { type Outside, type StatusDocument, violations } from "./kill-oracle.ts";
import { documentOf } from "./looks.ts";

/** Stopped with SIGSTOP, they would wait for ever where a test fails. */
const asleep = new Set<ReturnType<typeof startSampan>>();

export function endSleepers(): void {
  for (const { child } of asleep) child.kill("SIGKILL");
  asleep.clear();
}

const run = (fleet: TinyFleet, ...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });

/** Starts a deployment and puts it to sleep as soon as `there` says so (or it has ended). */
export async function fallAsleep(fleet: TinyFleet, there: (output: string) => boolean | Promise<boolean>) {
  const started = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
  asleep.add(started);
  let over = false;
  void started.ended.then(() => {
    over = true;
  });
  while (!over && !(await there(started.output()))) await sleep(2);
  started.child.kill("SIGSTOP");
  // What it had asked of the agent by then is done under a fence that was still its own.
  await sleep(300);
  return started;
}

export async function wakeUp(sleeper: ReturnType<typeof startSampan>): Promise<RanSampan> {
  sleeper.child.kill("SIGCONT");
  const ran = await sleeper.ended;
  asleep.delete(sleeper);
  return ran;
}

/** Where it falls asleep; the last two are before its claim: what it planned for is gone when it wakes up. */
const pointsOf = (names: readonly string[]) => [
  ...names.flatMap((name) => ["bring", "up", "health", "smoke", "shift"].map((kind) => `✓ ${name}.${kind}`)),
  "✓ check branch",
  ": plan ",
];

/** Told that things have moved since it planned, or that another came in between, a person plans again. */
async function deployed(fleet: TinyFleet): Promise<RanSampan> {
  let ran = await run(fleet, "deploy", "staging", "--json");
  for (let again = 0; again < 3 && moved(ran); again += 1) ran = await run(fleet, "deploy", "staging", "--json");
  return ran;
}

const moved = ({ code, stdout }: RanSampan): boolean => code === 6 || (code === 3 && stdout.includes('"plan-drifted"'));

type Case = Readonly<{
  first: TinyFleet;
  second: TinyFleet;
  replicas: Readonly<Record<string, number>>;
  eyes: Eyes;
  number: number;
  before: string;
  luck: Chance;
  bound: number;
}>;

/** The first is put to sleep in the middle, the second deploys another version, the first wakes up. */
export async function overtaken(of: Case): Promise<readonly string[]> {
  const { first, second, replicas, eyes, number, before, luck, bound } = of;
  const names = Object.keys(replicas);
  const all = (version: string) => Object.fromEntries(names.map((name) => [name, { version }]));
  const versions = (version: string) => Object.fromEntries(names.map((name) => [name, version]));
  const point = luck.pick(pointsOf(names));
  const early = luck.happens(0.25);
  first.commit(`a${number}`, all(`a${number}`));
  second.commit(`b${number}`, all(`b${number}`));
  const traffic = trickle(
    first.listen,
    names.map((name) => `/${name}/version`),
  );
  const began = performance.now();
  const sleeper = await fallAsleep(first, (output) => output.includes(point));
  const overtaking = deployed(second);
  // Awake again while the second is at work, or only after it has ended.
  if (early) await sleep(luck.upTo(3_000));
  const awake = early ? wakeUp(sleeper) : null;
  const said = await overtaking;
  const seconds = (performance.now() - began) / 1000;
  const stood = { instances: await eyes.instances(), routes: eyes.routes() };
  const stale = await (awake ?? wakeUp(sleeper));
  const answers = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await eyes.heard(name)] as const)),
  );
  const status = (await run(second, "status", "staging", "--json")).json() as StatusDocument;
  const { lost } = await traffic.stop();
  const outside: Outside = {
    replicas,
    before: versions(before),
    wanted: versions(`b${number}`),
    bad: false,
    back: false,
    said: { code: said.code, ...documentOf(said) },
    instances: stood.instances,
    answers,
    status,
    again: { instances: await eyes.instances(), code: 0, release: null, routes: eyes.routes() === stood.routes },
    strangers: await eyes.strangers(),
    lost,
    seconds,
    bound,
  };
  const found = [...violations(outside)];
  // Before its claim it has changed nothing and may find out by the drift of its plan; awake early, it may have been through
  // before the second began.
  const unclaimed = point.startsWith("✓ check") || point === ": plan ";
  const allowed = [6, ...(unclaimed ? [3] : []), ...(early ? [0] : [])];
  if (!allowed.includes(stale.code ?? -1)) found.push(`I2 the stale deployer ended ${stale.signal ?? stale.code}`);
  if (found.length === 0) return [];
  return [
    `case ${number} of seed ${seed}, asleep at "${point}", early ${early}:\n${found.join("\n")}\nfirst:\n${stale.stdout}${stale.stderr}\nsecond:\n${said.stdout}${said.stderr}`,
  ];
}
