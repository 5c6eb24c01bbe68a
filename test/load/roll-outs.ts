import { expect } from "vitest";
import { type Load, startLoad } from "../../src/load/load.ts";
import type { LoadReport } from "../../src/load/mix.ts";
import { seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { percentile } from "../percentile.ts";
import { sampan } from "../sampan.ts";
import type { LoadFleet } from "./load-fleet.ts";
import type { LoadBehaviour } from "./service.ts";
import { standardMixes } from "./standard.ts";

const RATE = 330;
const never = new AbortController().signal;
const mixes = standardMixes("/load", RATE);

const STRATEGIES = ["rolling", "blue-green", "{ canary: { weights: [20], watch: 1s } }"];

/** Bad in its answers, its health, its logs once it has traffic, and in its life. */
const BAD: readonly Omit<LoadBehaviour, "version">[] = [
  { work: 500 },
  { errorsUnderTraffic: true },
  { health: 503 },
  { crashesAfter: 100 },
];

const deploy = ({ fleet: { root, env } }: LoadFleet) => sampan(["deploy", "staging"], { cwd: root, env });

/** The first version serves, and the load is on its way to it. */
export async function underWay(at: LoadFleet): Promise<Load> {
  at.commit({ version: "v0" }, "rolling");
  const first = await deploy(at);
  expect(first.code, first.stdout + first.stderr).toBe(0);
  return await startLoad({ base: `http://127.0.0.1:${at.fleet.listen}`, mixes, signal: never });
}

const described = ({ byKind, byMix, losses }: LoadReport) =>
  JSON.stringify({ byKind, byMix, losses: losses.slice(0, 10) });

/** Roll-outs by every strategy, a third of them thrown back: nothing is lost, and what was acknowledged was recorded once. */
export async function rollOutsLoseNothing(
  at: LoadFleet,
  traffic: Load,
  { count, name }: Readonly<{ count: number; name: string }>,
): Promise<void> {
  const took: number[] = [];
  let serving = "v0";
  let thrownBack = 0;
  for (let number = 1; number <= count; number += 1) {
    const luck = chance(number);
    const bad = number % 3 === 0;
    const version = `v${number}`;
    // Each of them good and bad within nine, and each of them within three.
    const strategy = STRATEGIES[(number - 1 + Math.floor((number - 1) / 3)) % STRATEGIES.length] ?? "rolling";
    at.commit({ version, ...(bad ? luck.pick(BAD) : {}) }, strategy);
    const began = performance.now();
    const { code, stdout, stderr } = await deploy(at);
    took.push((performance.now() - began) / 1000);
    expect(code, `${number}, ${strategy}: ${stdout}${stderr}`).toBe(bad ? 4 : 0);
    const gone = bad ? version : serving;
    for (const mix of mixes) traffic.retired(mix.name, gone);
    if (bad) thrownBack += 1;
    else serving = version;
  }
  const report = await traffic.stop();
  const requests = mixes.filter(({ kind }) => kind === "request");
  const answered = requests.reduce((sum, mix) => sum + (report.byMix[mix.name]?.served ?? 0), 0);
  const rate = answered / report.seconds;
  console.log(
    `campaign: ${name}: ${count} roll-outs (${thrownBack} thrown back), ${report.served} served, ${report.lost} lost, ${rate.toFixed(0)} requests/s for ${report.seconds.toFixed(0)} s, latency p50 ${report.latency.p50} ms, p99 ${report.latency.p99} ms, roll-out p50 ${percentile(took, 0.5).toFixed(1)} s, p99 ${percentile(took, 0.99).toFixed(1)} s, seed ${seed}`,
  );
  expect(report.lost, described(report)).toBe(0);
  for (const mix of mixes) expect(report.byMix[mix.name]?.served, mix.name).toBeGreaterThan(0);
  expect(rate).toBeGreaterThan(300);
  const seen = at.things();
  expect(report.acknowledged.length).toBeGreaterThan(0);
  expect(report.acknowledged.filter((id) => seen.get(id) !== 1)).toEqual([]);
  expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
}

/** The control: what the load says when the old instances end before the new ones start. */
export async function stoppingFirstLoses(at: LoadFleet, traffic: Load, name: string): Promise<void> {
  at.commit({ version: "v1" }, '{ stopFirst: "the control of a test" }');
  const { code, stdout, stderr } = await deploy(at);
  expect(code, stdout + stderr).toBe(0);
  const report = await traffic.stop();
  console.log(`campaign: ${name}, control that stops first: ${report.lost} lost of ${report.served + report.lost}`);
  expect(report.lost).toBeGreaterThan(0);
}
