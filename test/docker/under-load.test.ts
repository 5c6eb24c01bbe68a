import { afterEach, expect, it } from "vitest";
import type { Load } from "../../src/load/load.ts";
import { campaign } from "../campaign.ts";
import type { LoadFleet } from "../load/load-fleet.ts";
import { rollOutsLoseNothing, stoppingFirstLoses, underWay } from "../load/roll-outs.ts";
import { type ComposeFleet, leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { composeLoadFleet } from "./compose-load-fleet.ts";

const COUNT = campaign(30);

let at: (LoadFleet & Readonly<{ fleet: ComposeFleet }>) | undefined;
let load: Load | undefined;
afterEach(async () => {
  await load?.stop();
  if (at === undefined) return;
  await sinkComposeFleet(at.fleet);
  expect(leftOf(at.fleet)).toEqual([]);
  load = at = undefined;
}, 120_000);

it(`${COUNT} roll-outs of containers under load lose no request, a third of them thrown back`, {
  timeout: 180_000 + COUNT * 60_000,
}, async () => {
  at = await composeLoadFleet();
  load = await underWay(at);
  await rollOutsLoseNothing(at, load, { count: COUNT, name: "containers under load" });
});

it("a roll-out that stops the old containers first loses requests, and the load sees it", {
  timeout: 180_000,
}, async () => {
  at = await composeLoadFleet();
  load = await underWay(at);
  await stoppingFirstLoses(at, load, "containers under load");
});
