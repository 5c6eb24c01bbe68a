import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { type Behaviour, sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
let done = false;
let load: Promise<unknown>;

const deploy = async (behaviour: Behaviour) => {
  fleet.commit(behaviour.version, { shop: behaviour });
  const ran = await sampan(["deploy", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
  const document = ran.json() as ReleaseDocument;
  const gates = document.services[0]?.gates.filter(({ kind }) => kind === "traffic") ?? [];
  return { code: ran.code, document, gates, stderr: ran.stderr };
};

const serving = async () =>
  ((await (await fetch(`http://127.0.0.1:${fleet.listen}/shop/version`)).json()) as { version: string }).version;

/** Asks without a pause of more than some milliseconds, whatever answers. */
async function ask(): Promise<void> {
  while (!done) {
    await fetch(`http://127.0.0.1:${fleet.listen}/shop/item`).then(
      (answer) => answer.text(),
      () => undefined,
    );
    await sleep(10);
  }
}

beforeAll(async () => {
  fleet = await tinyFleet([{ name: "shop", replicas: 2, strategy: "{ canary: { weights: [30], watch: 2s } }" }]);
  fleet.write("sampan.yaml", fleet.read("sampan.yaml").replace("logs: { watch: 0s }", "logs: { watch: 6s }"));
}, 60_000);
afterAll(async () => {
  done = true;
  await load;
  await sinkFleet(fleet);
}, 60_000);

/** One story: each chapter starts where the one before it ended. */
describe("a fleet under load, whose router counts", { timeout: 120_000 }, () => {
  const GOOD: Behaviour = { version: "1", takes: 20 };

  it("has nothing to compare its first version with, and says so", async () => {
    const { code, gates } = await deploy(GOOD);
    expect(code).toBe(0);
    expect(gates).toMatchObject([
      { verdict: "passed", evidence: expect.stringContaining("too little traffic to judge") },
    ]);
    load = Promise.all(Array.from({ length: 16 }, ask));
  });

  it("takes over a version that does as well, with the figures as evidence", async () => {
    const { code, gates, stderr } = await deploy({ ...GOOD, version: "2" });
    expect(code, stderr).toBe(0);
    expect(gates.map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
    expect(gates.at(-1)?.evidence).toMatch(
      /^0 of \d+ \(0 %\) failed, 90 % within \d+ ms; of the old revision's 0 of \d+ \(0 %\), 90 % within \d+ ms$/,
    );
  });

  it("throws back one that answers one request in twenty with 500", async () => {
    const { code, document, gates } = await deploy({ ...GOOD, version: "3", failsEvery: 20 });
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    const figures =
      /\d+ of \d+ \([3-7](\.\d)? %\) failed, of the old revision's 0 of \d+ \(0 %\): surely [\d.]+ % more, 1 % more may/;
    expect(gates.at(-1)).toMatchObject({ verdict: "failed", evidence: expect.stringMatching(figures) });
    expect(JSON.stringify(document.problems)).toMatch(figures);
    expect(await serving()).toBe("2");
  });

  it("throws back one that takes ten times as long", async () => {
    const { code, document, gates } = await deploy({ ...GOOD, version: "4", takes: 500 });
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    expect(gates.at(-1)?.evidence).toMatch(
      /\d+ of \d+ \(\d+ %\) answers took \d+ ms or longer, surely more than \d+ %; of the old revision's, 90 % took less than \d+ ms/,
    );
    expect(await serving()).toBe("2");
  });
});
