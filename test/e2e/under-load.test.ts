import { afterEach, expect, it } from "vitest";
import { type Load, startLoad } from "../../src/load/load.ts";
import type { LoadReport } from "../../src/load/mix.ts";
import { campaign, seed } from "../campaign.ts";
import { chance } from "../chance.ts";
import { type LoadFleet, loadFleet } from "../load/load-fleet.ts";
import type { LoadBehaviour } from "../load/service.ts";
import { standardMixes } from "../load/standard.ts";
import { percentile } from "../percentile.ts";
import { sampan } from "../sampan.ts";
import { sinkFleet } from "../tiny/tiny-fleet.ts";

const COUNT = campaign(40);
const RATE = 330;
const never = new AbortController().signal;
const mixes = standardMixes("/load", RATE);

let fleet: LoadFleet | undefined;
let load: Load | undefined;
afterEach(async () => {
  await load?.stop();
  if (fleet !== undefined) await sinkFleet(fleet.fleet);
  load = fleet = undefined;
}, 120_000);

const STRATEGIES = ["rolling", "blue-green", "{ canary: { weights: [20], watch: 1s } }"];

/** Bad in its answers, its health, its logs once it has traffic, and in its life. */
const BAD: readonly Omit<LoadBehaviour, "version">[] = [
  { work: 500 },
  { errorsUnderTraffic: true },
  { health: 503 },
  { crashesAfter: 100 },
];

const deploy = ({ fleet: { root, env } }: LoadFleet) => sampan(["deploy", "staging"], { cwd: root, env });

async function underWay(name: string): Promise<{ at: LoadFleet; traffic: Load }> {
  const at = await loadFleet(name);
  fleet = at;
  at.commit({ version: "v0" }, "rolling");
  const first = await deploy(at);
  expect(first.code, first.stderr).toBe(0);
  const traffic = await startLoad({ base: `http://127.0.0.1:${at.fleet.listen}`, mixes, signal: never });
  load = traffic;
  return { at, traffic };
}

const described = ({ byKind, byMix, losses }: LoadReport) =>
  JSON.stringify({ byKind, byMix, losses: losses.slice(0, 10) });

it(`${COUNT} roll-outs under load lose no request, a third of them thrown back`, {
  timeout: 120_000 + COUNT * 60_000,
}, async () => {
  const { at, traffic } = await underWay("under-load");
  const took: number[] = [];
  let serving = "v0";
  let thrownBack = 0;
  for (let number = 1; number <= COUNT; number += 1) {
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
    for (const { name } of mixes) traffic.retired(name, gone);
    if (bad) thrownBack += 1;
    else serving = version;
  }
  const report = await traffic.stop();
  const requests = mixes.filter(({ kind }) => kind === "request");
  const answered = requests.reduce((sum, { name }) => sum + (report.byMix[name]?.served ?? 0), 0);
  const rate = answered / report.seconds;
  console.log(
    `campaign: under load: ${COUNT} roll-outs (${thrownBack} thrown back), ${report.served} served, ${report.lost} lost, ${rate.toFixed(0)} requests/s for ${report.seconds.toFixed(0)} s, latency p50 ${report.latency.p50} ms, p99 ${report.latency.p99} ms, roll-out p50 ${percentile(took, 0.5).toFixed(1)} s, p99 ${percentile(took, 0.99).toFixed(1)} s, seed ${seed}`,
  );
  expect(report.lost, described(report)).toBe(0);
  for (const { name } of mixes) expect(report.byMix[name]?.served, name).toBeGreaterThan(0);
  expect(rate).toBeGreaterThan(300);
  const seen = at.things();
  expect(report.acknowledged.length).toBeGreaterThan(0);
  expect(report.acknowledged.filter((id) => seen.get(id) !== 1)).toEqual([]);
  expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
});

it("a roll-out that stops the old instances first loses requests, and the load sees it", {
  timeout: 180_000,
}, async () => {
  const { at, traffic } = await underWay("stop-first");
  at.commit({ version: "v1" }, '{ stopFirst: "the control of a test" }');
  const { code, stdout, stderr } = await deploy(at);
  expect(code, stdout + stderr).toBe(0);
  const report = await traffic.stop();
  console.log(`campaign: under load, control that stops first: ${report.lost} lost of ${report.served + report.lost}`);
  expect(report.lost).toBeGreaterThan(0);
});
