import { cpus, release, totalmem, type } from "node:os";
import { parseArgs } from "node:util";
import { figureText, type Measured, type Options } from "./figure.ts";
import { sharedFleets } from "./fleet/shared-fleets.ts";

// Runs the measurements, one after the other: `npm run bench [-- [--json] [--quick] NAME…]`. None of them judges: a bound that is
// not kept is said, and is no error.

const BENCHES: Readonly<Record<string, () => Promise<(options: Options) => Promise<Measured>>>> = {
  start: async () => (await import("./start.ts")).measureStart,
  plan: async () => (await import("./plan.ts")).measurePlan,
  engine: async () => (await import("./engine.ts")).measureEngine,
  router: async () => (await import("./router.ts")).measureRouter,
  compose: async () => (await import("./compose.ts")).measureCompose,
  deployment: async () => (await import("./deployment.ts")).measureDeployment,
  prove: async () => (await import("./prove.ts")).measureProve,
  classify: async () => (await import("./classify.ts")).measureClassify,
  contracts: async () => (await import("./contracts.ts")).measureContracts,
  ci: async () => (await import("./ci.ts")).measureCi,
  "nothing-to-do": async () => (await import("./nothing-to-do.ts")).measureNothingToDo,
  images: async () => (await import("./images.ts")).measureImages,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  process.stderr.write(`no such measurement: ${unknown.join(", ")}; there are: ${Object.keys(BENCHES).join(", ")}\n`);
  process.exit(2);
}
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? "unknown",
  memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  system: `${type()} ${release()}`,
  node: process.versions.node,
};
const measured: Measured[] = [];
const shared = sharedFleets(say);
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
    say(`\n${name}`);
    const measure = await BENCHES[name]?.();
    if (measure === undefined) continue;
    const result = await measure({ quick: values.quick, say: (line) => say(`  ${line}`), fleets: shared });
    measured.push(result);
    if (!values.json) for (const figure of result.figures) process.stdout.write(`${name}: ${figureText(figure)}\n`);
  }
} finally {
  await shared.close();
}
if (values.json) process.stdout.write(`${JSON.stringify({ machine, quick: values.quick, measured }, null, 2)}\n`);
