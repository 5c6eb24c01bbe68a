import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { buildBundles } from "../../src/artifacts/bundle/build-bundles.ts";
import { UNFINISHED } from "../../src/artifacts/bundle/bundle-folder.ts";
import { bundlesAt } from "../../src/artifacts/bundle/bundles-at.ts";
import { readManifest } from "../../src/artifacts/bundle/manifest.ts";
import { pruneBundles } from "../../src/artifacts/bundle/prune-bundles.ts";
import { verifyBundle } from "../../src/artifacts/bundle/verify-bundle.ts";
import { runPackageScript } from "../../src/artifacts/worktree/run-script.ts";
import { withWorktree } from "../../src/artifacts/worktree/with-worktree.ts";
import { StepFault } from "../../src/fault.ts";
import { imageBuild } from "../../src/fleet/image-build.ts";
import { systemClock } from "../../src/io/clock.ts";
import { Refused } from "../../src/problem.ts";
import { service } from "../temporary-repository.ts";
import { FLEET_FILES, type TemporaryFleet, temporaryFleet } from "./temporary-fleet.ts";

const { signal } = new AbortController();
const fleets: TemporaryFleet[] = [];
const fleet = (files: Readonly<Record<string, string | null>> = {}): TemporaryFleet => {
  const one = temporaryFleet(files);
  fleets.push(one);
  return one;
};
afterEach(() => {
  for (const one of fleets.splice(0)) one.remove();
});

const build = async (one: TemporaryFleet, more: Parameters<TemporaryFleet["order"]>[0] = {}) =>
  buildBundles(await one.order(more));

const ONLY_A = { services: [service("a")] };

/** The one that is asked for must be there. */
function the<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error("it is not there");
  return value;
}

async function faultOf(promise: Promise<unknown>): Promise<StepFault> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StepFault)) throw error;
  return error;
}

async function problemsOf(promise: Promise<unknown>): Promise<string[]> {
  const error = await promise.then(
    () => new Error("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refused)) throw error;
  return error.problems.map(({ code }) => code);
}

const bundlesIn = (one: TemporaryFleet, name: string): string[] => {
  const folder = join(one.state, "bundles", name);
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe("buildBundles", () => {
  it("makes bundles that run by themselves, and makes each only once", async () => {
    const one = fleet();
    // None of it is in the commit.
    one.repository.write({
      "services/a/.env": "SECRET=1",
      "services/a/dist/stale.js": "",
      "packages/kit/dist/stale.js": "",
    });
    const before = one.repository.git("status", "--porcelain", "--ignored", "--", ".");
    const built = await build(one);
    const a = the(built.a);
    expect(built).toMatchObject({ a: { built: true, version: "1.2.3" }, b: { built: true } });
    expect(a.start).toEqual(["node", "dist/main.js"]);
    expect(execFileSync("node", ["dist/main.js"], { cwd: a.source, encoding: "utf8" })).toBe("a 1\n");
    expect(existsSync(join(a.source, "migrations", "0001_a.up.sql"))).toBe(true);
    expect(existsSync(join(a.source, ".env")) || existsSync(join(a.source, "dist", "stale.js"))).toBe(false);
    expect(readFileSync(join(a.source, "node_modules", "@x", "kit", "builds.txt"), "utf8")).toBe("x");
    expect(await readManifest(a.source)).toMatchObject({ service: "a", artifact: a.artifact, commit: a.commit });
    expect(await verifyBundle(a.source, signal)).toBe("whole");
    expect(one.repository.git("status", "--porcelain", "--ignored", "--", ".")).toBe(before);
    // The state folder lies in the repository here: it must not make it dirty.
    expect(one.repository.git("status", "--porcelain")).toBe("");

    one.repository.commit({ "README.md": "Only words" });
    const again = await build(one);
    expect(again.a).toEqual({ ...a, built: false, seconds: 0 });

    one.repository.commit({ "services/b/src/main.js": "console.log('b, newer')\n" });
    const third = await build(one);
    expect(third.a?.artifact).toBe(a.artifact);
    expect(third.b).toMatchObject({ built: true });
    expect(bundlesIn(one, "a")).toHaveLength(1);
    expect(bundlesIn(one, "b")).toHaveLength(2);

    one.repository.commit({ "packages/kit/src/index.js": "export const kit = 2;\n" });
    const fourth = await build(one);
    expect(fourth).toMatchObject({ a: { built: true }, b: { built: true } });
    expect(execFileSync("node", ["dist/main.js"], { cwd: the(fourth.a).source, encoding: "utf8" })).toBe("a 2\n");
    expect(execFileSync("node", ["dist/main.js"], { cwd: a.source, encoding: "utf8" })).toBe("a 1\n");
    expect(await verifyBundle(a.source, signal)).toBe("whole");
  }, 120_000);

  it("makes the same content of the same tree in another place", async () => {
    const one = fleet();
    const order = await one.order({ services: [service("a")] });
    const here = the((await buildBundles(order)).a);
    const there = the((await buildBundles({ ...order, state: join(one.state, "..", "other state") })).a);
    expect(there.artifact).toBe(here.artifact);
    const [first, second] = await Promise.all([here, there].map(async ({ source }) => the(await readManifest(source))));
    expect(first?.contentHash).toBe(second?.contentHash);
  }, 120_000);

  it("says why a build failed, keeps all of its output, and leaves nothing half made", async () => {
    const noisy =
      "for (let n = 1; n <= 100; n++) console.log('line ' + n); console.error('broken'); process.exit(3);\n";
    const one = fleet({ "services/a/build.mjs": noisy });
    const fault = await faultOf(build(one, ONLY_A));
    expect(fault).toMatchObject({ code: "build-failed", retry: "never" });
    expect(fault.evidence.split("\n")).toHaveLength(40);
    expect(fault.evidence).toContain("broken");
    expect(fault.evidence).not.toContain("line 1\n");
    const log = the(/all of it is in (\S+)/.exec(fault.message)?.[1]);
    expect(readFileSync(log, "utf8")).toContain("line 1\n");
    expect(bundlesIn(one, "a")).toEqual([]);
    expect(one.events.map(({ kind }) => kind)).toEqual(["building", "failed"]);
    one.repository.commit({ "services/a/build.mjs": the(FLEET_FILES["services/a/build.mjs"]) });
    expect(await build(one, ONLY_A)).toMatchObject({ a: { built: true } });
  }, 120_000);

  it("names the shared package whose build failed, and calls a full disk by its name", async () => {
    const one = fleet({ "packages/kit/build.mjs": "process.exit(1);\n" });
    expect((await faultOf(build(one, ONLY_A))).message).toContain("packages/kit");
    one.repository.commit({
      "packages/kit/build.mjs": "console.error('ENOSPC: no space left on device, write'); process.exit(1);\n",
    });
    expect(await faultOf(build(one, ONLY_A))).toMatchObject({ code: "disk-full", retry: "safe" });
  }, 120_000);

  it("refuses, before anything is built, what it could not start or bundle", async () => {
    const start = JSON.parse(the(FLEET_FILES["services/a/package.json"])) as { scripts: Record<string, string> };
    const shell = { ...start, scripts: { ...start.scripts, start: "node a.js && node b.js" } };
    const one = fleet({ "services/a/package.json": JSON.stringify(shell), "services/b/package.json": "{ broken" });
    expect(await problemsOf(build(one))).toEqual(["no-start", "no-start", "no-package"]);
    const services = [service("a", { start: ["node", "dist/main.js"] })];
    expect(await problemsOf(build(one, { services: [...services, service("ghost")] }))).toContain(
      "service-not-in-commit",
    );
    expect(existsSync(one.state)).toBe(false);
    expect(Object.keys(await bundlesAt(await one.order({ services })))).toEqual(["a"]);
  }, 60_000);

  it("copies what has no dependencies, and elsewhere asks for build.bundle where there is no pnpm", async () => {
    const bundle = 'import { cpSync } from "node:fs"; cpSync("src", process.env.SAMPAN_BUNDLE, { recursive: true });\n';
    const plain = { name: "a", scripts: { start: "node main.js" } };
    const one = fleet({
      "pnpm-lock.yaml": null,
      "pnpm-workspace.yaml": null,
      packages: null,
      "services/b": null,
      "package.json": JSON.stringify({ name: "root", workspaces: ["services/*"] }),
      "services/a/package.json": JSON.stringify(plain),
      "services/a/src/main.js": "console.log('plain')\n",
      "services/a/bundle.mjs": bundle,
    });
    one.repository.link("services/a/more", "../../shared");
    one.repository.commit({ "shared/x.txt": "shared" });
    const copied = the((await build(one, ONLY_A)).a).source;
    expect(execFileSync("node", ["src/main.js"], { cwd: copied, encoding: "utf8" })).toBe("plain\n");
    expect(readFileSync(join(copied, "more", "x.txt"), "utf8")).toBe("shared");
    const needy = JSON.stringify({ ...plain, dependencies: { ms: "^2.0.0" } });
    one.repository.commit({ "services/a/package.json": needy });
    expect(await problemsOf(build(one, ONLY_A))).toEqual(["no-bundle-command"]);
    one.repository.commit({ "services/a/package.json": JSON.stringify(plain) });
    const own = { test: null, build: null, bundle: ["node", "bundle.mjs"], inputs: [], image: imageBuild() };
    const built = await build(one, { services: [service("a", { build: own })] });
    expect(execFileSync("node", ["main.js"], { cwd: the(built.a).source, encoding: "utf8" })).toBe("plain\n");
    const none = { ...own, bundle: ["node", "-e", "0"] };
    expect(await faultOf(build(one, { services: [service("a", { build: none })] }))).toMatchObject({
      code: "bundle-failed",
    });
  }, 60_000);

  it("refuses symlinks that lead out: committed ones before the build, others after it", async () => {
    const one = fleet();
    one.repository.link("services/a/src/link", "/etc/passwd");
    one.repository.commit();
    expect(await problemsOf(build(one))).toEqual(["symlink-leads-out"]);
    one.repository.commit({
      "services/a/src/link": null,
      "services/a/bundle.mjs":
        'import { symlinkSync } from "node:fs"; symlinkSync("../x", process.env.SAMPAN_BUNDLE + "/x");\n',
    });
    const own = { test: null, build: null, bundle: ["node", "bundle.mjs"], inputs: [], image: imageBuild() };
    const services = [service("a", { build: own })];
    expect(await faultOf(build(one, { services }))).toMatchObject({ code: "unsafe-bundle" });
    expect(bundlesIn(one, "a")).toEqual([]);
  }, 60_000);

  it("waits for another build in the same state folder, and then finds its bundles", async () => {
    const one = fleet();
    const both = await Promise.all([build(one, ONLY_A), build(one, ONLY_A)]);
    expect(both.map((built) => built.a?.built).sort()).toEqual([false, true]);
    expect(one.lines).toContain("waits for another build of this fleet on this machine");
  }, 120_000);

  it("ends at once when told to, and builds the next time", async () => {
    const one = fleet({ "services/a/build.mjs": "setTimeout(() => {}, 60_000);\n" });
    const control = new AbortController();
    const building = build(one, { ...ONLY_A, signal: control.signal });
    while (!one.events.some(({ kind }) => kind === "building")) await systemClock.sleep(50);
    await systemClock.sleep(500);
    control.abort(new Error("told to end"));
    await expect(building).rejects.toThrow("told to end");
    expect(bundlesIn(one, "a")).toEqual([]);
    one.repository.commit({ "services/a/build.mjs": the(FLEET_FILES["services/a/build.mjs"]) });
    expect(await build(one, ONLY_A)).toMatchObject({ a: { built: true } });
  }, 120_000);

  it("killed in the middle, it leaves no bundle; the next build ends what still runs and cleans up", async () => {
    const one = fleet();
    const pidFile = join(one.state, "pid");
    const waits = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setTimeout(() => {}, 600_000);\n`;
    one.repository.commit({ "services/a/build.mjs": waits });
    const script = fileURLToPath(new URL("build-all.ts", import.meta.url));
    const child = spawn(process.execPath, [script, one.repository.root, one.state], { stdio: "inherit" });
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await systemClock.sleep(50);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const orphan = Number(readFileSync(pidFile, "utf8"));
    expect(() => process.kill(orphan, 0)).not.toThrow();
    mkdirSync(join(one.state, "bundles", "a", `${UNFINISHED}left`, "dist"), { recursive: true });
    one.repository.commit({ "services/a/build.mjs": the(FLEET_FILES["services/a/build.mjs"]) });
    expect(await build(one, ONLY_A)).toMatchObject({ a: { built: true } });
    expect(bundlesIn(one, "a")).toHaveLength(1);
    if (process.platform === "linux") expect(() => process.kill(orphan, 0)).toThrow("ESRCH");
  }, 120_000);
});

describe("runPackageScript", () => {
  it("runs a test in a clean checkout, with the shared packages built and no variable of an environment", async () => {
    const one = fleet();
    process.env.DATABASE_URL = "postgres://secret";
    const order = await one.order();
    delete process.env.DATABASE_URL;
    const workshop = { ...order, root: one.repository.root, prefix: order.repository.prefix };
    const services = [service("a"), service("lone", { path: "packages/kit" })];
    await withWorktree({ workshop, commit: order.repository.head, services }, async (worktree) => {
      const ran = await runPackageScript({ worktree, service: service("a"), script: "test", signal });
      expect(ran).toMatchObject({ kind: "ran", exitCode: 0, folder: "services/a", argv: ["pnpm", "run", "test"] });
      expect(ran.kind === "ran" && ran.output).toContain("tested 1 undefined");
      const none = service("kit", { path: "packages/kit" });
      expect(await runPackageScript({ worktree, service: none, script: "test", signal })).toMatchObject({
        kind: "absent",
      });
      const own = service("a", {
        build: { test: ["node", "-e", "process.exit(7)"], build: null, bundle: null, inputs: [], image: imageBuild() },
      });
      expect(await runPackageScript({ worktree, service: own, script: "test", signal })).toMatchObject({ exitCode: 7 });
      const slow = { ...own, build: { ...own.build, test: ["node", "-e", "setTimeout(() => {}, 60_000)"] } };
      expect(await runPackageScript({ worktree, service: slow, script: "test", signal, timeout: 300 })).toMatchObject({
        exitCode: null,
        failure: "timeout",
      });
    });
  }, 60_000);
});

describe("verifyBundle", () => {
  it("sees what was changed, added, removed or made a program", async () => {
    const one = fleet();
    const { source } = the((await build(one, ONLY_A)).a);
    const main = join(source, "dist", "main.js");
    const text = readFileSync(main);
    writeFileSync(main, "console.log('other')\n");
    expect(await verifyBundle(source, signal)).toBe("changed");
    writeFileSync(main, text);
    expect(await verifyBundle(source, signal)).toBe("whole");
    writeFileSync(join(source, "dist", "more.js"), "");
    expect(await verifyBundle(source, signal)).toBe("changed");
    writeFileSync(join(source, "sampan-bundle.json"), "{}");
    expect(await verifyBundle(source, signal)).toBe("missing");
    // A bundle that cannot be used is made again.
    expect(await build(one, ONLY_A)).toMatchObject({ a: { built: true } });
    expect(await verifyBundle(source, signal)).toBe("whole");
  }, 60_000);
});

describe("pruneBundles", () => {
  it("removes what is not kept, and only what nobody may be about to use", async () => {
    const one = fleet();
    const folder = (name: string) => join(one.state, "bundles", "a", name);
    const [kept, old, fresh] = ["1".repeat(64), "2".repeat(64), "3".repeat(64)] as const;
    for (const name of [kept, old, fresh, `${UNFINISHED}new`, `${UNFINISHED}old`, "notes"]) {
      mkdirSync(folder(name), { recursive: true });
      writeFileSync(join(folder(name), "x"), "");
    }
    for (const name of [kept, old, `${UNFINISHED}old`]) utimesSync(folder(name), 1, 1);
    const keep = new Set([`sha256:${kept}`]);
    const pruned = await pruneBundles({ state: one.state, keep, clock: systemClock, signal });
    expect(pruned.removed).toEqual([{ service: "a", artifact: `sha256:${old}` }]);
    expect(readdirSync(dirname(folder("x"))).sort()).toEqual([`${UNFINISHED}new`, kept, fresh, "notes"].sort());
    const nowhere = join(one.state, "none");
    expect(await pruneBundles({ state: nowhere, keep, clock: systemClock, signal })).toEqual({ removed: [] });
  });
});
