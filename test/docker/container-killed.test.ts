import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../src/io/exec.ts";
import { campaign, seed } from "../campaign.ts";
import { type Chance, chance } from "../chance.ts";
import { type Outside, violations } from "../crash/kill-oracle.ts";
import { arrived, lookAround } from "../crash/kills.ts";
import { startSampan } from "../sampan.ts";
import { sinkComposeFleet } from "./compose-fleet.ts";
import { containersOf } from "./containers-of.ts";
import { type DeployedContainers, launchedContainers } from "./kill-fleet.ts";

const COUNT = campaign(20);
/** Milliseconds in which what was killed must be there again. */
const AGAIN = 60_000;

let at: DeployedContainers;
beforeAll(async () => {
  at = await launchedContainers();
}, 180_000);
afterAll(() => sinkComposeFleet(at.fleet), 120_000);

/** Kills one of the fleet's containers, old or new; null: none runs. */
async function killOne(luck: Chance): Promise<string | null> {
  const running = (await containersOf(at.fleet.name)).filter((one) => one.running);
  if (running.length === 0) return null;
  const { id, instance, release } = luck.pick(running);
  const { exitCode } = await run({ argv: ["docker", "kill", id] });
  return exitCode === 0 ? `${instance} of ${release}` : null;
}

it(`of releases in which a container is killed, at ${COUNT} moments, each ends wholly on a verified version`, {
  timeout: 60_000 + COUNT * 180_000,
}, async () => {
  const found: string[] = [];
  const ends: string[] = [];
  let killed = 0;
  for (let number = 1; killed < COUNT && number < 3 * COUNT && found.length === 0; number += 1) {
    const luck = chance(number);
    const wanted = Object.fromEntries(Object.keys(at.replicas).map((name) => [name, { version: `v${number}` }]));
    at.fleet.commit(`deployment ${number}`, wanted);
    const began = performance.now();
    const { ended, output } = startSampan(["deploy", "staging"], { cwd: at.fleet.root, env: at.fleet.env });
    const over = ended.then(() => true);
    const gone = async (ms: number) => (await Promise.race([over, sleep(ms)])) === true;
    const late = luck.happens(0.25);
    const steps = 1 + luck.upTo(14);
    if (late) await ended;
    else while ((output().match(/^✓ [a-z]+\.[a-z]/gm)?.length ?? 0) < steps && !(await gone(5)));
    const whom = await killOne(luck);
    if (whom !== null) killed += 1;
    const said = await ended;
    const seconds = (performance.now() - began) / 1000;
    // A new one that died may throw the release back. Those that serve are started again.
    const told = { wanted, bad: false, back: true, said, seconds };
    let outside: Outside = await lookAround(at, told);
    for (const until = performance.now() + AGAIN; violations(outside).length > 0 && performance.now() < until; ) {
      await sleep(500);
      outside = await lookAround(at, told);
    }
    ends.push(outside.said.status);
    const wrong = violations(outside);
    if (wrong.length > 0)
      found.push(
        `release ${number} of seed ${seed}, killed ${whom}:\n${wrong.join("\n")}\n${said.stdout}${said.stderr}`,
      );
    arrived(at, outside);
  }
  console.log(
    `campaign: containers killed: ${killed} in or after ${ends.length} releases (${ends.join(", ")}), seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
  expect(killed).toBe(COUNT);
});
