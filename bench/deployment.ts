import { type Figure, type Measured, median, type Options, round } from "./figure.ts";
import type { BenchFleet } from "./fleet/bench-fleet.ts";
import { byHand, startsAlone } from "./fleet/by-hand.ts";
import { criticalPath } from "./fleet/critical-path.ts";
import { type Deployment, deployOnce } from "./fleet/deploy-once.ts";
import { type Twin, twinsOf } from "./fleet/twins.ts";

/** What a deployment is held against, measured right after it. Milliseconds. */
type Floor = Readonly<{
  /** The longest way through the needs of each service's start, by itself on an idle machine, and its healthyFor. */
  alone: number;
  /** The same order carried out without Sampan: services of one wave start together and share the cores. */
  byHand: number;
  starts: Readonly<Record<string, number>>;
}>;

type Round = Deployment & Readonly<{ floor: Floor }>;

/** A fleet's deployment with its bundles ready and its checks known, over what its services need by themselves. */
export async function measureDeployment({ quick, say, fleets }: Options): Promise<Measured> {
  const figures: Figure[] = [];
  const detail: Record<string, unknown> = {};
  for (const fleet of await fleets.fresh()) {
    const first = await deployed(fleet);
    const updates: Round[] = [];
    for (let number = 0; number < (quick ? 1 : 5); number += 1) {
      await fleet.change();
      updates.push(await deployed(fleet));
      tell(fleet, `update ${number + 1}`, updates.at(-1), say);
    }
    tell(fleet, "first deployment", first, say);
    detail[fleet.name] = { first, updates };
    figures.push(
      ...ratios(`${fleet.name}, first deployment`, [first]),
      ...ratios(`${fleet.name}, every service updated`, updates),
    );
  }
  return { bench: "deployment", figures, detail };
}

/** Deploys, then measures what the same services take by themselves. */
async function deployed(fleet: BenchFleet): Promise<Round> {
  // Tests, builds and whatever else a second deployment would find done.
  await fleet.sampan("check", "staging");
  await fleet.sampan("plan", "staging");
  const deployment = await deployOnce(fleet);
  return { ...deployment, floor: await floorOf(await twinsOf(fleet)) };
}

async function floorOf(twins: readonly Twin[]): Promise<Floor> {
  const alone = await startsAlone(twins);
  const services = twins.map(({ service }) => service);
  const own = criticalPath(services, ({ name, health }) => (alone.get(name) ?? 0) + (health?.healthyFor ?? 0));
  return {
    alone: own,
    byHand: await byHand(twins),
    starts: Object.fromEntries([...alone].map(([name, ms]) => [name, round(ms)])),
  };
}

function ratios(what: string, rounds: readonly Round[]): readonly Figure[] {
  const of = (pick: (round: Round) => number) => round(median(rounds.map(pick)), 2);
  return [
    {
      what: `${what}: command over its services' own starts, each alone`,
      value: of(({ wall, floor }) => wall / floor.alone),
      unit: "",
      bound: 1.2,
    },
    {
      what: `${what}: engine over the same`,
      value: of(({ engine, floor }) => engine / floor.alone),
      unit: "",
      bound: null,
    },
    {
      what: `${what}: command over the same order by hand`,
      value: of(({ wall, floor }) => wall / floor.byHand),
      unit: "",
      bound: null,
    },
  ];
}

function tell(fleet: BenchFleet, what: string, deployment: Round | undefined, say: Options["say"]): void {
  if (deployment === undefined) return;
  const { wall, before, engine, after, way, floor } = deployment;
  const parts = Object.entries(way).map(([kind, ms]) => `${kind} ${round(ms)}`);
  say(`${fleet.name}, ${what}: ${round(wall)} ms = ${round(before)} + engine ${round(engine)} + ${round(after)}`);
  say(`  its longest way: ${parts.join(", ")}`);
  const starts = Object.entries(floor.starts).map(([name, ms]) => `${name} ${ms}`);
  say(`  alone ${round(floor.alone)}, by hand ${round(floor.byHand)}; starts: ${starts.join(", ")}`);
}
