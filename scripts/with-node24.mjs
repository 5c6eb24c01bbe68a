// Runs a task of this repository under the Node 24 that it brings itself: `node scripts/with-node24.mjs test|demo|campaign|bench [ARGUMENT…]`.
// Everything that the task needs is installed and built first. It starts under Node 20 too, so it uses nothing newer.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const tasks = {
  test: ["scripts/test.mjs"],
  campaign: ["scripts/test.mjs", "--campaign"],
  bench: ["bench/main.ts"],
  demo: ["dist/main.js", "demo"],
};

const [name, ...rest] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name ?? "") ? tasks[name] : undefined;
if (task === undefined) give(2, `usage: node scripts/with-node24.mjs ${Object.keys(tasks).join("|")} [ARGUMENT…]`);

if (!installed()) install();
const node = ownNode();
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
// The tests build by themselves, and count it.
if (name === "demo" || name === "bench") {
  const built = spawnSync(node, [join(root, "scripts", "build.mjs")], { cwd: root, env, stdio: ["ignore", 2, 2] });
  if (built.status !== 0) give(1, "the build failed");
}

const child = spawn(node, [join(root, task[0]), ...task.slice(1), ...rest], { cwd: root, env, stdio: "inherit" });
// A terminal sends Ctrl-C to the whole group: the task decides what it means, and this only waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("error", (error) => give(1, error.message));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));

/** Is what package-lock.json names what is there? Compared by content: a checkout makes the lock file new without changing it. */
function installed() {
  const there = packages(join(root, "node_modules", ".package-lock.json"));
  if (there === null) return false;
  const wanted = packages(join(root, "package-lock.json")) ?? {};
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === "" || there[path]?.version === version) return true;
    // Those of other platforms are not installed.
    return there[path] === undefined && (optional === true || devOptional === true);
  });
}

function packages(file) {
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, "utf8")).packages ?? null;
}

function install() {
  process.stderr.write("installing what package-lock.json names (once)\n");
  // The npm that called this, or the one on the PATH.
  const npm = process.env.npm_execpath?.endsWith(".js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  // Development dependencies are what builds and tests this: NODE_ENV=production must not leave them out.
  const options = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"];
  const ran = spawnSync(npm[0], [...npm.slice(1), ...options], { cwd: root, stdio: ["ignore", 2, 2] });
  if (ran.status !== 0) give(1, `npm ci failed${ran.error === undefined ? "" : `: ${ran.error.message}`}`);
}

function ownNode() {
  const own = join(bin, "node");
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return give(
    2,
    `this needs Node 24, and npm has none for ${process.platform}-${process.arch}: install Node 24 and try again`,
  );
}

function give(code, why) {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}
