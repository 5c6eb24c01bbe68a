import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

let fleet: TinyFleet;
const run = (...args: string[]) => sampan(args, { cwd: fleet.root, env: fleet.env });
const release = async (...args: string[]) => {
  const ran = await run(...args, "--json");
  return { code: ran.code, stderr: ran.stderr, document: ran.json() as ReleaseDocument };
};
type Status = {
  services: {
    name: string;
    revision: { name: string } | null;
    instances: { id: string; state: string; restarts: number }[];
    drift: string[];
  }[];
};
const status = async () => (await run("status", "staging", "--json")).json() as Status;
const served = async (path: string) =>
  (await (await fetch(`http://127.0.0.1:${fleet.listen}${path}`)).json()) as { version: string; motto: string | null };

beforeAll(async () => {
  fleet = await tinyFleet([
    { name: "auth" },
    { name: "points", needs: ["auth"] },
    { name: "blog", needs: ["auth", "points"], replicas: 2 },
  ]);
}, 60_000);
afterAll(async () => {
  await sinkFleet(fleet);
}, 60_000);

const OLD = { auth: { version: "1" }, points: { version: "1" }, blog: { version: "1" } };

/** One story: each chapter starts where the one before it ended. */
describe("a fleet on one host", { timeout: 90_000 }, () => {
  it("whose first deployment fails goes back to nothing", async () => {
    fleet.commit("bad from the start", { ...OLD, blog: { version: "0", work: 500 } });
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    expect(document.services.find(({ name }) => name === "blog")?.gates.at(-1)).toMatchObject({
      kind: "smoke",
      verdict: "failed",
    });
    expect((await status()).services.map(({ instances, revision }) => [instances.length, revision])).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
  });

  it("is deployed in order, core first", async () => {
    fleet.commit("one", OLD);
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status }).toEqual({ code: 0, status: "verified" });
    expect(document.services.map(({ name, status: how, from }) => [name, how, from])).toEqual([
      ["auth", "verified", null],
      ["points", "verified", null],
      ["blog", "verified", null],
    ]);
    expect(await served("/blog/version")).toMatchObject({ version: "1", motto: "first" });
    const now = await status();
    expect(now.services.map(({ instances, drift }) => [instances.length, drift])).toEqual([
      [1, []],
      [1, []],
      [2, []],
    ]);
  });

  it("is left alone when there is nothing to do, and the plan says so", async () => {
    const before = await status();
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status, release: document.release }).toEqual({
      code: 0,
      status: "verified",
      release: null,
    });
    const plan = (await run("plan", "staging", "--json")).json() as {
      steps: unknown[];
      services: { change: string; why: string }[];
    };
    expect(plan.steps).toEqual([]);
    expect(plan.services.map(({ change, why }) => `${change}: ${why}`)).toEqual(
      Array.from({ length: 3 }, () => "none: verified there"),
    );
    expect(await status()).toEqual(before);
  });

  it("takes over a change to one service, and only that", async () => {
    fleet.commit("two", { points: { version: "2" } });
    const { code, document } = await release("deploy", "staging");
    expect(code).toBe(0);
    expect(document.services.map(({ status: how }) => how)).toEqual(["unchanged", "verified", "unchanged"]);
    expect((await served("/points/version")).version).toBe("2");
  });

  it("takes a changed variable as a release of its own", async () => {
    fleet.write("env/staging.env", "MOTTO=second\n");
    const { code, document } = await release("deploy", "staging", "blog");
    expect(code).toBe(0);
    expect(document.services).toHaveLength(1);
    expect((await served("/blog/version")).motto).toBe("second");
    fleet.write("env/staging.env", "MOTTO=first\n");
    expect((await release("deploy", "staging", "blog")).code).toBe(0);
  });

  it.each([
    ["answers its smoke test wrongly", { version: "9", work: 500 }, "smoke"],
    ["logs an error when it starts", { version: "9", logs: "the cache is gone" }, "logs"],
    ["is never healthy", { version: "9", health: 503 }, "health"],
    ["never listens", { version: "9", neverListens: true }, "up"],
    ["crashes after a moment", { version: "9", crashesAfter: 350 }, "health"],
  ])("throws back a version that %s", async (_, behaviour, _gate) => {
    fleet.commit("bad", { points: { version: "3" }, blog: behaviour });
    const { code, document } = await release("deploy", "staging");
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    expect(document.problems.length).toBeGreaterThan(0);
    expect((await served("/blog/version")).version).toBe("1");
    expect((await served("/points/version")).version).toBe("2");
    const now = await status();
    expect(now.services.map(({ instances, drift }) => [instances.length, drift])).toEqual([
      [1, []],
      [1, []],
      [2, []],
    ]);
  });

  it("replaces a version that ignores SIGTERM", async () => {
    fleet.commit("deaf", { points: { version: "4", ignoresSigterm: true }, blog: { version: "1" } });
    expect((await release("deploy", "staging")).code).toBe(0);
    fleet.commit("hearing again", { points: { version: "5" } });
    expect((await release("deploy", "staging")).code).toBe(0);
    expect((await status()).services[1]?.instances).toHaveLength(1);
  });

  it("is resumed after the deployer was killed, and not twice", async () => {
    fleet.commit("six", { auth: { version: "6" }, points: { version: "6" }, blog: { version: "6" } });
    const { child, ended, output } = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!output().includes("✓ auth.shift")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGKILL");
    await ended;
    const resumed = await release("resume", "staging");
    expect({ code: resumed.code, status: resumed.document.status }).toEqual({ code: 0, status: "verified" });
    const now = await status();
    expect(now.services.map(({ instances, drift }) => [instances.length, drift])).toEqual([
      [1, []],
      [1, []],
      [2, []],
    ]);
    for (const name of ["auth", "points", "blog"]) expect((await served(`/${name}/version`)).version).toBe("6");
    expect((await run("resume", "staging")).code).toBe(0);
    expect(await status()).toEqual(now);
  });

  it("goes back with resume --back after the deployer was killed", async () => {
    fleet.commit("seven", { auth: { version: "7" }, points: { version: "7" }, blog: { version: "7" } });
    const { child, ended, output } = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!output().includes("✓ points.shift")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGKILL");
    await ended;
    const { code, document } = await release("resume", "staging", "--back");
    expect({ code, status: document.status }).toEqual({ code: 4, status: "rolled-back" });
    for (const name of ["auth", "points", "blog"]) expect((await served(`/${name}/version`)).version).toBe("6");
    expect((await status()).services.map(({ instances, drift }) => [instances.length, drift])).toEqual([
      [1, []],
      [1, []],
      [2, []],
    ]);
  });

  it("stops after the running steps on Ctrl-C and is resumed", async () => {
    const { child, ended, output } = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!output().includes("✓ auth.shift")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain("sampan resume");
    expect((await release("resume", "staging")).code).toBe(0);
    expect((await served("/blog/version")).version).toBe("7");
  });

  it("is held by one deployer at a time", async () => {
    fleet.commit("eight", { points: { version: "8" } });
    const first = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!first.output().includes("✓ points.bring")) await new Promise((resolve) => setTimeout(resolve, 10));
    first.child.kill("SIGSTOP");
    const second = await run("deploy", "staging");
    expect(second.code).toBe(6);
    expect(second.stderr).toContain("is held by");
    first.child.kill("SIGCONT");
    expect((await first.ended).code).toBe(0);
  });

  it("is rolled back to what was verified before, and further, never forth", async () => {
    expect((await release("rollback", "staging")).code).toBe(0);
    expect((await served("/points/version")).version).toBe("7");
    expect((await release("rollback", "staging")).code).toBe(0);
    for (const name of ["auth", "points", "blog"]) expect((await served(`/${name}/version`)).version).toBe("6");
  });

  it("is rolled back to a named release", async () => {
    const { releases } = (await run("history", "staging", "--json")).json() as {
      releases: { release: string; status: string }[];
    };
    const first = releases.filter(({ status: how }) => how === "verified").at(-1)?.release ?? "";
    expect((await release("rollback", "staging", "--to", first)).code).toBe(0);
    for (const name of ["auth", "points", "blog"]) expect((await served(`/${name}/version`)).version).toBe("1");
    const nothing = await run("rollback", "staging", "--to", first);
    expect(nothing.code).toBe(3);
  });

  it("is deployed by a plan from a file, and refused once that has drifted or was edited", async () => {
    const file = join(fleet.root, "..", "plan.json");
    expect((await run("plan", "staging", "--out", file)).code).toBe(0);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace('"count": 1', '"count": 7'));
    expect((await run("deploy", "staging", "--plan", file)).code).toBe(2);
    writeFileSync(file, text);
    expect((await release("deploy", "staging", "--plan", file)).code).toBe(0);
    const again = await run("deploy", "staging", "--plan", file);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain("cannot be carried out");
    expect((await served("/points/version")).version).toBe("8");
  });

  it("loses a service that left the fleet file, after the others", async () => {
    const yaml = readFileSync(join(fleet.root, "sampan.yaml"), "utf8");
    const without = yaml.replace(/ {2}blog:[\s\S]*?(?=environments:)/, "");
    fleet.write("sampan.yaml", without);
    fleet.commit("without the blog", {});
    const file = join(fleet.root, "..", "removal.json");
    expect((await run("plan", "staging", "--out", file)).code).toBe(0);
    const { code, document } = await release("deploy", "staging", "--plan", file);
    expect(code).toBe(0);
    expect(document.services.find(({ name }) => name === "blog")?.status).toBe("removed");
    expect((await fetch(`http://127.0.0.1:${fleet.listen}/blog/version`)).status).toBe(404);
  });

  it("stops at once on a second Ctrl-C, and is resumed all the same", async () => {
    fleet.commit("nine", { auth: { version: "9" }, points: { version: "9" } });
    const { child, ended, output } = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!output().includes("✓ auth.up")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    while (!output().includes("stopping after the running steps"))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain("stopped at once");
    expect((await release("resume", "staging")).code).toBe(0);
    expect((await served("/points/version")).version).toBe("9");
  });

  it("refuses what is no input before any effect", async () => {
    const before = await status();
    for (const [args, code] of [
      [["deploy", "nowhere"], 2],
      [["deploy", "staging", "nobody"], 2],
      [["deploy", "staging", "--plan", "/nonexistent"], 2],
      [["deploy"], 2],
      [["deploi", "staging"], 2],
      [["rollback", "staging", "--to", "19700101-000000-0000"], 3],
      [["approve", "nothing"], 2],
      [["logs", "staging", "nobody"], 2],
    ] as const) {
      const ran = await run(...args);
      expect({ args, code: ran.code }).toEqual({ args, code });
      expect(ran.stderr).not.toBe("");
      expect(ran.stderr).not.toContain("bug in Sampan");
    }
    fleet.write("left.txt", "uncommitted");
    const dirty = await run("deploy", "staging");
    expect(dirty.code).toBe(3);
    expect(await status()).toEqual(before);
  });
});
