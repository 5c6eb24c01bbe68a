import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { campaign, seed } from "../campaign.ts";
import { trickle } from "../outside/answers.ts";
import { instancesOf } from "../outside/processes.ts";
import { type RanSampan, sampan, startSampan } from "../sampan.ts";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

type Disk = Readonly<{ fill: () => void; empty: () => void; remove: () => void }>;

/** A disk of a few MiB at a folder. */
function smallDisk(folder: string): Disk {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m,mode=700", "tmpfs", folder], { stdio: "ignore" });
  const filler = join(folder, "filler");
  return {
    fill: () => {
      const file = openSync(filler, "w");
      try {
        for (;;) writeSync(file, Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler, { force: true }),
    remove: () => void execFileSync("umount", ["--lazy", folder]),
  };
}

/** Only root may mount; in many containers not even root. */
function mayMount(): boolean {
  const folder = "/tmp/sampan-may-mount";
  try {
    smallDisk(folder).remove();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const allowed = mayMount();
if (!allowed) console.log("skipped: a disk can only be filled where this user may mount one (root)");

let fleet: TinyFleet;
let disk: Disk | null = null;
afterEach(async () => {
  disk?.empty();
  await sinkFleet(fleet).catch(() => undefined);
  disk?.remove();
  disk = null;
  rmSync(join(fleet.root, ".."), { recursive: true, force: true });
}, 60_000);

const run = (...args: string[]): Promise<RanSampan> => sampan(args, { cwd: fleet.root, env: fleet.env });
const both = (version: string) => ({ auth: { version }, blog: { version } });
const versions = () =>
  instancesOf(join(fleet.root, ".."))
    .map(({ service, version }) => `${service} ${version}`)
    .sort();

/** Verified at its first version, with what is under `part` on a small disk. */
async function afloat(part: string): Promise<Disk> {
  fleet = await tinyFleet([{ name: "auth" }, { name: "blog", needs: ["auth"] }], { fleet: "full-disk" });
  const made = smallDisk(join(fleet.home, part));
  disk = made;
  fleet.commit("one", both("1"));
  const first = await run("deploy", "staging");
  expect(first.code, first.stderr).toBe(0);
  fleet.commit("two", both("2"));
  return made;
}

const STEPS = ["✓ auth.bring", "✓ auth.smoke", "✓ auth.shift", "✓ blog.up"] as const;
/** All of them in the campaign, else one by the seed. */
const AFTER = campaign(STEPS.length * 10) > STEPS.length ? STEPS : [STEPS[seed % STEPS.length] ?? STEPS[0]];

describe.skipIf(!allowed).each(["fleets", "agent"])("a full disk under %s", { timeout: 120_000 }, (part) => {
  it("refuses a release before any effect, and what only reads still works", async () => {
    const { fill, empty } = await afloat(part);
    fill();
    const { code, stderr } = await run("deploy", "staging");
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/full|no space left/);
    expect(stderr).not.toContain("bug in Sampan");
    expect(versions()).toEqual(["auth 1", "blog 1"]);
    expect((await run("status", "staging")).code).toBe(0);
    expect((await run("history", "staging")).code).toBe(0);
    empty();
    const again = await run("deploy", "staging");
    expect(again.code, again.stderr).toBe(0);
    expect(versions()).toEqual(["auth 2", "blog 2"]);
  });

  it.each(AFTER)("in the middle of a release, after %j, halts it; with room again it goes on", async (step) => {
    const { fill, empty } = await afloat(part);
    const traffic = trickle(fleet.listen, ["/auth/version", "/blog/version"]);
    const { child, ended, output } = startSampan(["deploy", "staging"], { cwd: fleet.root, env: fleet.env });
    while (!output().includes(step)) await sleep(2);
    child.kill("SIGSTOP");
    fill();
    child.kill("SIGCONT");
    const { code, stdout, stderr } = await ended;
    expect(code, stdout + stderr).toBe(5);
    expect(stdout).toMatch(/full|no space left/);
    const still = await run("resume", "staging");
    expect([3, 5], still.stderr).toContain(still.code);
    expect(still.stderr + still.stdout).toMatch(/full|no space left/);
    empty();
    const resumed = await run("resume", "staging");
    // The journal knows of no failure where it could not be written; what the agent could not do was decided upon.
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(part === "fleets" ? 0 : 4);
    expect(versions()).toEqual(part === "fleets" ? ["auth 2", "blog 2"] : ["auth 1", "blog 1"]);
    expect((await traffic.stop()).lost).toEqual([]);
  });
});
