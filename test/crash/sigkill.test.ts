import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { instancesOf } from "../outside/processes.ts";
import { percentile } from "../percentile.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { type Outside, violations } from "./kill-oracle.ts";
import { arrived, type Deployed, voyage } from "./kills.ts";

const COUNT = campaign(200);
const FIRST = campaign(20);
/** Fleets at sea at the same time: most of a deployment is waiting. */
const LANES = 2;

const fleets: TinyFleet[] = [];
afterAll(async () => {
  for (const fleet of fleets) await sinkFleet(fleet);
}, 120_000);

/** A fleet of three, of which nothing runs yet. */
async function built(lane: string): Promise<Deployed> {
  const fleet = await tinyFleet(
    [{ name: "auth" }, { name: "points", needs: ["auth"] }, { name: "blog", needs: ["auth", "points"], replicas: 2 }],
    { fleet: `kill-${lane}`, health: "every: 50ms, healthyFor: 100ms, timeout: 6s" },
  );
  fleets.push(fleet);
  const folder = join(fleet.root, "..");
  return { fleet, folder, replicas: { auth: 1, points: 1, blog: 2 }, serving: {}, earlier: [] };
}

/** Verified at its first version. */
async function launched(lane: string): Promise<Deployed> {
  const at = await built(lane);
  const { fleet } = at;
  const first = { version: "v0" };
  const serving = { auth: first, points: first, blog: first };
  fleet.commit("first", serving);
  const { code, stderr } = await sampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
  if (code !== 0) throw new Error(`the first deployment ended ${code}: ${stderr}`);
  return { ...at, serving: { ...serving }, earlier: [first] };
}

it(`deployments killed at ${COUNT} moments end wholly on a verified version`, {
  timeout: 60_000 + COUNT * 60_000,
}, async () => {
  const found: string[] = [];
  const recoveries: number[] = [];
  const ends: string[] = [];
  const died: string[] = [];
  const sail = async (lane: number): Promise<void> => {
    const at = await launched(String(lane));
    // Some come to their end before their moment: then another one is killed instead.
    for (let number = lane; died.length < COUNT && number < 2 * COUNT; number += LANES) {
      const { outside, tale, recovery, deaths } = await voyage(at, number, chance(number));
      const wrong = violations(outside);
      if (recovery !== null) recoveries.push(recovery);
      ends.push(outside.said.status);
      died.push(...deaths);
      if (wrong.length > 0) {
        found.push(`deployment ${number} of seed ${seed}:\n${wrong.join("\n")}\n${tale.join("\n")}`);
        // What is wrong now would be blamed on the next one.
        return;
      }
      arrived(at, outside);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, lane) => sail(lane)));
  const [p50, p99] = [percentile(recoveries, 0.5), percentile(recoveries, 0.99)];
  console.log(
    `campaign: sigkill: ${ends.length} deployments (${counted(ends)}), ${died.length} kills (${counted(died)}), ${found.length} violations, recovery p50 ${p50.toFixed(1)} s, p99 ${p99.toFixed(1)} s, seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
  expect(died.length).toBeGreaterThanOrEqual(COUNT);
});

it(`${FIRST} first deployments killed at any moment end at their version or at nothing`, {
  timeout: 60_000 + FIRST * 60_000,
}, async () => {
  const found: string[] = [];
  const ends: string[] = [];
  for (let number = 1000; number < 1000 + FIRST; number += 1) {
    const at = await built(`first-${number}`);
    const { outside, tale } = await voyage(at, number, chance(number));
    const wrong = violations(outside);
    ends.push(outside.said.status);
    if (wrong.length > 0)
      found.push(`first deployment ${number} of seed ${seed}:\n${wrong.join("\n")}\n${tale.join("\n")}`);
    await sinkFleet(at.fleet);
    fleets.pop();
  }
  console.log(
    `campaign: sigkill of first deployments: ${FIRST} (${counted(ends)}), ${found.length} violations, seed ${seed}`,
  );
  expect(found.join("\n\n")).toBe("");
});

const counted = (words: readonly string[]): string =>
  [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(", ");

/** The oracle is worth what it sees: one good ending, spoilt in each way. */
it("sees each way of ending badly", { timeout: 120_000 }, async () => {
  const at = await launched("spoilt");
  // It would be killed after ten minutes.
  const { outside } = await voyage(at, 0, { ...chance(0), happens: () => false, upTo: () => 600_000 });
  expect(violations(outside)).toEqual([]);
  const [one] = outside.instances;
  if (one === undefined) throw new Error("nothing runs");
  const spoilt: Readonly<Record<string, Partial<Outside>>> = {
    "one too many": { instances: [...outside.instances, { ...one, pid: 1 }] },
    "one missing": { instances: outside.instances.slice(1) },
    "another version": { instances: [{ ...one, version: "other" }, ...outside.instances.slice(1)] },
    "a dead route": { answers: { ...outside.answers, [one.service]: [] } },
    "an old answer": {
      answers: { ...outside.answers, auth: [{ status: 200, version: "older", pid: one.pid }] },
    },
    "a mark of another": {
      status: {
        ...outside.status,
        services: outside.status.services.map((service) => ({ ...service, revision: { artifact: "sha256:0" } })),
      },
    },
    "not over": { status: { ...outside.status, underWay: {} } },
    "a bad one verified": { bad: true },
    "gone back unasked": { said: { code: 4, status: "rolled-back", release: "r" } },
    halted: { said: { code: 5, status: "halted", release: "r" } },
    "restarted by a resume": { again: { ...outside.again, instances: [{ ...one, pid: 1 }] } },
    "routed by a resume": { again: { ...outside.again, routes: false } },
    "left behind": { strangers: ["1 git"] },
    "a lost request": { lost: ["/auth/version: 502"] },
    endless: { seconds: 1_000 },
  };
  const missed = Object.entries(spoilt).filter(([, change]) => violations({ ...outside, ...change }).length === 0);
  expect(missed.map(([name]) => name)).toEqual([]);
  // And the eyes: a double that nobody recorded.
  const double = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    cwd: at.folder,
    detached: true,
    stdio: "ignore",
    env: { HOME: at.folder, SAMPAN_INSTANCE: "double", SAMPAN_SERVICE: one.service },
  });
  await new Promise((resolve) => double.once("spawn", resolve));
  try {
    expect(violations({ ...outside, instances: instancesOf(at.folder) })).not.toEqual([]);
  } finally {
    double.kill("SIGKILL");
  }
});
