import { afterEach, it } from "vitest";
import type { Load } from "../../src/load/load.ts";
import { campaign } from "../campaign.ts";
import { type LoadFleet, loadFleet } from "../load/load-fleet.ts";
import { rollOutsLoseNothing, stoppingFirstLoses, underWay } from "../load/roll-outs.ts";
import { sinkFleet } from "../tiny/tiny-fleet.ts";

const COUNT = campaign(40);

let fleet: LoadFleet | undefined;
let load: Load | undefined;
afterEach(async () => {
  await load?.stop();
  if (fleet !== undefined) await sinkFleet(fleet.fleet);
  load = fleet = undefined;
}, 120_000);

it(`${COUNT} roll-outs under load lose no request, a third of them thrown back`, {
  timeout: 120_000 + COUNT * 60_000,
}, async () => {
  fleet = await loadFleet("under-load");
  load = await underWay(fleet);
  await rollOutsLoseNothing(fleet, load, { count: COUNT, name: "under load" });
});

it("a roll-out that stops the old instances first loses requests, and the load sees it", {
  timeout: 180_000,
}, async () => {
  fleet = await loadFleet("stop-first");
  load = await underWay(fleet);
  await stoppingFirstLoses(fleet, load, "under load");
});
