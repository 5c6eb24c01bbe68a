import { describe, expect, it } from "vitest";
import { STALE_FENCE, StepFault } from "../../src/fault.ts";
import type { GateCall } from "../../src/release/driver.ts";
import type { Moment } from "../../src/targets/memory/world.ts";
import { campaign, seed } from "../campaign.ts";
import { chance as chanceOf } from "../chance.ts";
import { harbour } from "../crash/harbour.ts";
import { capacityViolations, violations } from "../crash/oracle.ts";
import { sail } from "../crash/ship.ts";

/** At most this many lives until a release has to have come to its end: faults stop after the third. */
const LIVES = 8;
const STORMY = 3;

type Ended = Readonly<{ status: string; found: readonly string[]; lives: number }>;

/** One release through lost, late and failing answers, crashes and takeovers; then the sea is calm, and it must come to its end. */
async function storm(nth: number): Promise<Ended> {
  const chance = chanceOf(nth);
  const onFailure = chance.pick(["release", "service", "halt"] as const);
  const { sea, plan, release, scenario } = await harbour({ onFailure, concurrency: 1 + chance.upTo(4) });
  const badService = chance.pick([null, null, "auth", "content", "points", "blog"]);
  const badGate = chance.pick(["up", "health", "logs"]);
  const judge = ({ service, gate }: GateCall) =>
    service === badService && gate.kind === badGate ? "failed" : "passed";
  const rough = chance.next() * 0.15;
  const found = new Set<string>();
  let status = "crashed";
  let lives = 0;
  for (; lives < LIVES && status !== "verified" && status !== "rolled-back"; lives += 1) {
    const calm = lives >= STORMY;
    let points = 0;
    const dieAt = !calm && chance.next() < 0.5 ? 1 + chance.upTo(180) : -1;
    const weather = ({ when }: Moment): void => {
      if (calm || chance.next() >= rough) return;
      const kind = chance.pick(["lost", "safe", "never", "taken"] as const);
      if (kind === "taken") {
        sea.world.fence += 1;
        throw new StepFault({ code: STALE_FENCE, message: "somebody else has claimed it" });
      }
      if (kind === "lost") throw new StepFault({ code: "reply-lost", message: "no answer", retry: "unknown" });
      throw new StepFault({
        code: "simulated",
        message: `it failed ${when} the effect`,
        retry: kind === "safe" && when === "before" ? "safe" : kind === "safe" ? "unknown" : "never",
      });
    };
    status = await sail({
      sea,
      plan,
      release,
      point: () => {
        points += 1;
        return points === dieAt;
      },
      judge,
      planted: {},
      weather,
      turnBack: calm && status === "halted",
      onLanded: () => {
        for (const violation of capacityViolations(sea.world, scenario)) found.add(violation);
      },
    });
  }
  if (status !== "verified" && status !== "rolled-back") found.add(`I10 still ${status} after ${lives} lives`);
  const partly = onFailure === "service" && status === "rolled-back";
  for (const violation of violations({
    status: partly ? "partly" : status,
    world: sea.world,
    scenario,
    databases: sea.databases,
  }))
    found.add(violation);
  return { status, found: [...found], lives };
}

describe("a release in a storm", () => {
  const storms = campaign(2000);
  it(`ends right in ${storms} storms`, { timeout: 600_000 }, async () => {
    const ends: Record<string, number> = {};
    for (let nth = 0; nth < storms; nth += 1) {
      const { status, found } = await storm(nth);
      expect({ seed, nth, found }).toEqual({ seed, nth, found: [] });
      ends[status] = (ends[status] ?? 0) + 1;
    }
    console.log(`campaign: ${storms} storms from seed ${seed}, 0 violations, ${JSON.stringify(ends)}`);
    // Neither end may be a matter of luck: both have to be seen.
    expect(Object.keys(ends).sort()).toEqual(["rolled-back", "verified"]);
  });
});
