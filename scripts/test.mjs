// What `npm test` runs: build, types, lint and format, unused code, all tests. `--campaign`: only the campaigns, in full.
// Other arguments are handed to vitest: `npm test -- src/plan`. The last line counts everything, alone on its line.
import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, "node_modules", ".bin", name);
const args = process.argv.slice(2);
const full = args.includes("--campaign");
const chosen = args.filter((argument) => argument !== "--campaign");

const seed = process.env.SAMPAN_SEED ?? String(randomInt(1, 1_000_000));
const env = {
  ...process.env,
  SAMPAN_TEST: process.env.SAMPAN_TEST ?? special().join(","),
  SAMPAN_SEED: seed,
  SAMPAN_CAMPAIGN: full ? "full" : (process.env.SAMPAN_CAMPAIGN ?? "tenth"),
};
console.log(`campaigns: ${env.SAMPAN_CAMPAIGN}, seed ${seed} (SAMPAN_SEED=${seed} repeats it)`);

const total = { passed: 0, failed: 0, skipped: 0 };
await check("build", process.execPath, [join(root, "scripts/build.mjs")]);
if (!full && chosen.length === 0) {
  await check("types", bin("tsc"), ["--noEmit"]);
  await check("lint and format", bin("biome"), ["check", "--error-on-warnings", "."]);
  await check("unused code", bin("knip"), []);
}
await tests(full && chosen.length === 0 ? campaigns() : chosen);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function check(name, command, options) {
  const started = performance.now();
  const well = (await run(command, options)) === 0;
  total[well ? "passed" : "failed"] += 1;
  console.log(`${well ? "ok" : "FAILED"}: ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

async function tests(filters) {
  const folder = mkdtempSync(join(tmpdir(), "sampan-test-"));
  const file = join(folder, "results.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const status = await run(bin("vitest"), ["run", ...reporters, ...filters]);
  const results = read(file);
  rmSync(folder, { recursive: true, force: true });
  total.passed += results.numPassedTests;
  total.skipped += results.numPendingTests + results.numTodoTests;
  // An error outside of any test, or a file that cannot be loaded, fails the run without failing a test.
  total.failed += status === 0 ? results.numFailedTests : Math.max(1, results.numFailedTests);
  const slowest = results.testResults
    .map(({ name, startTime, endTime }) => ({ name: relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5);
  console.log(`slowest: ${slowest.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`).join(", ")}`);
}

/** The tests that need something of the machine, where it has that; for the others a reason. SAMPAN_TEST says it instead. */
function special() {
  const reasons = { docker: withoutDocker(), root: process.getuid?.() === 0 ? null : "they need root" };
  return Object.entries(reasons).flatMap(([name, reason]) => {
    if (reason === null) return [name];
    console.log(`left out: test/${name} (${reason})`);
    return [];
  });
}

/** Why the tests that need Docker cannot run here; null: they can. */
function withoutDocker() {
  const answers = (...argv) => spawnSync("docker", argv, { stdio: "ignore", timeout: 30_000 }).status === 0;
  if (!answers("--version")) return "there is no docker command";
  if (!answers("info")) return "no Docker engine answers";
  if (!answers("compose", "version")) return "Docker has no Compose v2";
  if (!answers("buildx", "version")) return "Docker has no buildx";
  return null;
}

/** The exit status; a signal that ends this ends what it runs as well. */
function run(command, options) {
  return new Promise((resolve) => {
    const child = spawn(command, options, { cwd: root, env, stdio: "inherit" });
    const forward = (signal) => {
      child.kill(signal);
      child.once("exit", () => process.exit(130));
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    child.on("error", () => resolve(null));
    child.on("exit", (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    });
  });
}

function read(file) {
  const none = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  try {
    return { ...none, ...JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    return none;
  }
}

/** Test files whose size depends on the campaign. */
function campaigns() {
  return ["src", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .map((name) => join(folder, name))
      .filter((name) => name.endsWith(".test.ts") && /\/campaign\.ts"/.test(readFileSync(join(root, name), "utf8"))),
  );
}
