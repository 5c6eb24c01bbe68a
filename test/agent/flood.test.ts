import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { run } from "../../src/io/exec.ts";
import { agentRig, webProgram } from "../contract/agent-rig.ts";
import { deployerOf, eventually, never, one, read } from "./deployer.ts";

const rig = agentRig();
afterAll(() => rig.close());

/** MiB to write: a gigabyte in the long campaign. */
const FLOOD = process.env.SAMPAN_FLOOD_MIB === undefined ? 200 : Number(process.env.SAMPAN_FLOOD_MIB);

const flood = `
  const chunk = ("x".repeat(120) + "\\n").repeat(8192);
  const { writeSync } = await import("node:fs");
  for (let left = ${FLOOD} * 1024 * 1024; left > 0; left -= chunk.length) writeSync(1, chunk);
  console.log("the last line");
  setInterval(() => {}, 1000);
`;

it(`takes a flood of ${FLOOD} MiB of logs without harm to memory, disk or others`, async () => {
  const target = await rig.target("flood", "staging");
  const deployer = await deployerOf(target);
  const [calm] = await deployer.bring(rig.bundle("1", webProgram("1")), 1, "bring/calm");
  const pid = await rig.pid();
  const before = await memory(pid);
  const [handle] = await deployer.bring(rig.bundle("flood", flood), 1, "bring/flood");
  const connection = await rig.connect();
  let slowest = 0;
  let most = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      const asked = performance.now();
      await connection.call("hello", {}, never);
      slowest = Math.max(slowest, performance.now() - asked);
      most = Math.max(most, await memory(pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  let lines = 0;
  let last = "";
  // A slow reader at that: it must be waited for, not buffered for.
  for await (const { text } of target.logs(one([handle]), { follow: true }, read)) {
    lines += 1;
    last = text;
    if (lines === 1000) await new Promise((resolve) => setTimeout(resolve, 3000));
    if (text === "the last line") break;
  }
  done = true;
  await watching;
  expect(last).toBe("the last line");
  expect(lines).toBeGreaterThan(10_000);
  expect(most - before).toBeLessThan(100);
  // A stall of 100 ms is too many; the rest is what this machine is busy with besides.
  expect(slowest).toBeLessThan(1000);
  await eventually(() => onDisk() <= 240 * 1024 * 1024);
  expect(await deployer.logs(one([calm]))).toContain("hello from 1");
}, 120_000);

const onDisk = (): number => {
  const folder = join(rig.stateFolder, "instances");
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
};

/** MiB that the agent holds. */
async function memory(pid: number): Promise<number> {
  const status = await run({ argv: ["cat", `/proc/${pid}/status`] });
  return Number(/VmRSS:\s+(\d+)/.exec(status.stdout)?.[1]) / 1024;
}
