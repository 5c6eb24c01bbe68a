import { ThreeWays, type Upgrade } from "./compose/three-ways.ts";
import { type Figure, type Measured, median, type Options, round } from "./figure.ts";

/** The same six services upgraded by Sampan, by Compose in the same order and by the scale-to-two method, in turns. */
export async function measureCompose({ quick, say }: Options): Promise<Measured> {
  const ways = await ThreeWays.start();
  try {
    const upgrades: Upgrade[] = [];
    for (let number = 0; number < (quick ? 1 : 5); number += 1) {
      const upgrade = await ways.upgrade();
      upgrades.push(upgrade);
      const { sampan, upAndWait, scaleToTwo } = upgrade;
      say(`sampan ${round(sampan)} ms, up --wait ${round(upAndWait)} ms, scale to two ${round(scaleToTwo)} ms`);
    }
    const builds: number[] = [];
    for (let number = 0; number < (quick ? 1 : 5); number += 1) builds.push((await ways.sampanWell("build")).ms);
    const crash = await ways.crash("user-auth", { slow: !quick });
    say(crash.sampan.stdout.trim());
    return {
      bench: "compose",
      figures: [
        ...upgradeFigures(upgrades),
        seconds("`sampan build` of six unchanged services", median(builds), 2),
        seconds("from `sampan deploy` of a container that crashes at start to exit 4", crash.sampan.ms, 5),
        ...(crash.scaleToTwo === null ? [] : [seconds("the same, scale to two gives up", crash.scaleToTwo, null)]),
      ],
      detail: { upgrades, builds: builds.map((ms) => round(ms)), crash: crash.sampan.stdout },
    };
  } finally {
    await ways.close();
  }
}

const seconds = (what: string, ms: number, bound: number | null): Figure => ({
  what,
  value: round(ms / 1000, 2),
  unit: "s",
  bound,
});

function upgradeFigures(upgrades: readonly Upgrade[]): readonly Figure[] {
  const of = (pick: (upgrade: Upgrade) => number) => round(median(upgrades.map(pick)), 2);
  const what = "upgrade of six services";
  return [
    {
      what: `${what}: Sampan over \`docker compose up --wait\``,
      value: of((one) => one.sampan / one.upAndWait),
      unit: "",
      bound: 1,
    },
    {
      what: `${what}: Sampan over scaling each to two`,
      value: of((one) => one.sampan / one.scaleToTwo),
      unit: "",
      bound: 0.4,
    },
    seconds(`${what}: Sampan`, median(upgrades.map((one) => one.sampan)), null),
    seconds(`${what}: \`docker compose up --wait\``, median(upgrades.map((one) => one.upAndWait)), null),
    seconds(`${what}: scaling each to two`, median(upgrades.map((one) => one.scaleToTwo)), null),
  ];
}
