import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { campaign } from "../campaign.ts";
import { chance } from "../chance.ts";
import { instancesOf } from "../outside/processes.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { processEyes } from "./eyes.ts";
import { firstsKilled, killedAtAnyMoment } from "./kill-campaign.ts";
import { type Outside, violations } from "./kill-oracle.ts";
import { type Deployed, voyage } from "./kills.ts";

const COUNT = campaign(200);
const FIRST = campaign(20);

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
  return {
    fleet,
    folder,
    eyes: processEyes(fleet),
    bound: 60,
    replicas: { auth: 1, points: 1, blog: 2 },
    serving: {},
    earlier: [],
  };
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

it(
  `deployments killed at ${COUNT} moments end wholly on a verified version`,
  {
    timeout: 60_000 + COUNT * 60_000,
  },
  () => killedAtAnyMoment({ name: "sigkill", count: COUNT, lanes: 2, launched }),
);

it(
  `${FIRST} first deployments killed at any moment end at their version or at nothing`,
  {
    timeout: 60_000 + FIRST * 60_000,
  },
  () =>
    firstsKilled({
      name: "sigkill",
      count: FIRST,
      built,
      sunk: async ({ fleet }) => {
        await sinkFleet(fleet);
        fleets.pop();
      },
    }),
);

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
