import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { campaign } from "../campaign.ts";
import { firstsKilled, killedAtAnyMoment } from "../crash/kill-campaign.ts";
import { violations } from "../crash/kill-oracle.ts";
import { arrived, lookAround } from "../crash/kills.ts";
import { sampan, startSampan } from "../sampan.ts";
import { leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { builtContainers, type DeployedContainers, launchedContainers } from "./kill-fleet.ts";

const COUNT = campaign(100);
const FIRST = campaign(10);

const fleets: DeployedContainers["fleet"][] = [];
const kept = async (made: Promise<DeployedContainers>): Promise<DeployedContainers> => {
  const at = await made;
  fleets.push(at.fleet);
  return at;
};
afterAll(async () => {
  for (const fleet of fleets) {
    await sinkComposeFleet(fleet);
    expect(leftOf(fleet)).toEqual([]);
  }
}, 180_000);

it(
  `deployments of containers killed at ${COUNT} moments end wholly on a verified version, none doubled or left over`,
  {
    timeout: 180_000 + COUNT * 90_000,
  },
  () =>
    killedAtAnyMoment({
      name: "sigkill of containers",
      count: COUNT,
      lanes: 1,
      launched: () => kept(launchedContainers()),
    }),
);

it(
  `${FIRST} first deployments of containers killed at any moment end at their version or at nothing`,
  {
    timeout: 180_000 + FIRST * 120_000,
  },
  () =>
    firstsKilled({
      name: "sigkill of containers",
      count: FIRST,
      built: () => kept(builtContainers()),
      sunk: async () => {},
    }),
);

it("deployers of containers killed as soon as they say that a step is done have done it", {
  timeout: 300_000,
}, async () => {
  const at = await kept(launchedContainers());
  const place = { cwd: at.fleet.root, env: at.fleet.env };
  for (const [nth, step] of ["auth.bring", "auth.shift"].entries()) {
    const version = `step${nth}`;
    const wanted = { auth: { version }, blog: { version } };
    at.fleet.commit(version, wanted);
    const { child, ended, output } = startSampan(["deploy", "staging"], place);
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over && !output().includes(`✓ ${step} `)) await sleep(2);
    child.kill("SIGKILL");
    expect((await ended).signal, output()).toBe("SIGKILL");
    const began = performance.now();
    const said = await sampan(["resume", "staging", "--json"], place);
    const seconds = (performance.now() - began) / 1000;
    const outside = await lookAround(at, { wanted, bad: false, back: false, said, seconds });
    expect(violations(outside), `killed after ${step}: ${said.stdout}${said.stderr}`).toEqual([]);
    arrived(at, outside);
  }
});
