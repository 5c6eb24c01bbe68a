import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";

const bin = fileURLToPath(new URL("../../bin/sampan.js", import.meta.url));

let fleet: TinyFleet | undefined;
afterEach(async () => {
  if (fleet !== undefined) await sinkFleet(fleet);
  fleet = undefined;
});

/** `sampan deploy staging --json` behind a program that takes something away from it; its exit code and its first problem. */
function deployBehind(of: TinyFleet, argv: readonly [string, ...string[]]): readonly [number, unknown] {
  const [program, ...before] = argv;
  try {
    execFileSync(program, [...before, process.execPath, bin, "deploy", "staging", "--json"], {
      cwd: of.root,
      env: of.env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return [status, (JSON.parse(stdout) as { problems: readonly unknown[] }).problems[0]];
  }
  throw new Error("it was not refused");
}

it("a HAProxy that this machine has not is asked for before anything is done", { timeout: 60_000 }, async () => {
  fleet = await tinyFleet([{ name: "web" }], { router: "haproxy" });
  fleet.commit("one", { web: { version: "1" } });
  const hidden = 'for folder in /usr/sbin /usr/local/sbin; do mount -t tmpfs none $folder; done; exec "$@"';
  expect(deployBehind(fleet, ["unshare", "--mount", "sh", "-c", hidden, "sh"])).toEqual([
    3,
    expect.objectContaining({
      code: "haproxy-missing",
      message: expect.stringMatching(/^This host has no program "haproxy", .*install it .*, or name an image/),
    }),
  ]);
});

it("a port that only root may have is named before anything is done", { timeout: 60_000 }, async () => {
  fleet = await tinyFleet([{ name: "web" }]);
  fleet.write("sampan.yaml", fleet.read("sampan.yaml").replace(`listen: ${fleet.listen}`, "listen: 127.0.0.1:1"));
  fleet.commit("one", { web: { version: "1" } });
  expect(deployBehind(fleet, ["setpriv", "--bounding-set=-net_bind_service"])).toEqual([
    3,
    expect.objectContaining({
      code: "port-forbidden",
      message: "The router cannot listen on port 1 of 127.0.0.1: only root may listen there",
    }),
  ]);
});
