import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dotenvOf, SHAPES, searcherFor, talkative } from "../canaries.ts";
import { sampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet, sinkComposeFleet } from "./compose-fleet.ts";

const NAMES = Object.keys(SHAPES);
const leaks = searcherFor(SHAPES);
const MOTTO = "kanarie nobody hides 3e1f";
const planted = searcherFor({ MOTTO: { value: MOTTO, parts: [] } });

let fleet: ComposeFleet;
let printed = "";
const run = async (...args: string[]) => {
  const ran = await sampan(args, { cwd: fleet.root, env: fleet.env });
  printed += `${ran.stdout}\n${ran.stderr}\n`;
  return ran;
};
const docker = (...args: string[]): string =>
  execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 });

const filesOf = (folder: string, wanted: (path: string) => boolean = () => true): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(wanted)
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");

beforeAll(async () => {
  fleet = await composeFleet([{ name: "web" }]);
  fleet.write("services/web/.env.example", ["MOTTO", ...NAMES].map((name) => `${name}=\n`).join(""));
  fleet.write("services/web/server.mjs", talkative(fleet.read("services/web/server.mjs")));
  fleet.write("env/staging.env", `MOTTO='${MOTTO}'\n${dotenvOf(NAMES)}`);
  fleet.commit("one", { web: { version: "1" } });
}, 120_000);
afterAll(() => sinkComposeFleet(fleet), 120_000);

const containers = (): readonly string[] =>
  docker("ps", "--quiet", "--filter", `label=com.docker.compose.project=${fleet.name}`).split("\n").filter(Boolean);

describe("canaries of a service in containers", { timeout: 240_000 }, () => {
  it("reach it, and are hidden in all that is said of it", async () => {
    const deployed = await run("deploy", "staging", "--verbose");
    expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0);
    const env = containers().flatMap(
      (id) => JSON.parse(docker("inspect", "--format", "{{json .Config.Env}}", id)) as string[],
    );
    for (const name of NAMES) expect(env).toContain(`${name}=${SHAPES[name]?.value}`);
    await run("logs", "staging", "web");
    expect((await run("plan", "staging", "--override")).code).toBe(0);
    fleet.commit("talkative", { web: { version: "2", logs: "all of it" } });
    expect((await run("deploy", "staging", "--json")).code).toBe(4);
    fleet.commit("chatty", { web: { version: "3", work: 500 } });
    expect((await run("deploy", "staging")).code).toBe(4);
    await run("status", "staging", "--json");
    expect(leaks(printed)).toEqual([]);
    expect(planted(printed)).toContain("MOTTO raw");
  });

  it("are in no file of Sampan's but the secret channel, where they would be found", () => {
    const kept = filesOf(fleet.home, (path) => !/\/agent\/(variables|instances)\//.test(path));
    expect(leaks(kept)).toEqual([]);
    expect(planted(kept)).toContain("MOTTO raw");
    expect(leaks(filesOf(join(fleet.home, "agent/variables"))).length).toBeGreaterThan(NAMES.length);
  });

  it("are in no image, no label and no argument, where they would be found", () => {
    const [id = ""] = containers();
    const image = docker("inspect", "--format", "{{.Image}}", id).trim();
    const folder = mkdtempSync(join(tmpdir(), "sampan-canaries-"));
    try {
      // Only what this fleet has put on top of its base: its own files, and the whole of its configuration and history.
      docker("cp", `${id}:/app`, join(folder, "app"));
      const said = [
        filesOf(folder),
        docker("image", "inspect", image),
        docker("history", "--no-trunc", image),
        docker(
          "inspect",
          "--format",
          "{{json .Config.Labels}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Name}}",
          id,
        ),
        docker("top", id),
        docker("volume", "ls"),
        docker("network", "ls"),
      ].join("\n");
      expect(leaks(said)).toEqual([]);
      // The same look at a container that was given one where everybody sees it.
      const [name = "", shape] = Object.entries(SHAPES)[0] ?? [];
      const leaky = docker(
        "create",
        "--label",
        `leak=${shape?.value}`,
        image,
        "node",
        `--title=${shape?.value}`,
      ).trim();
      try {
        const seen = docker("inspect", "--format", "{{json .Config.Labels}} {{json .Config.Cmd}}", leaky);
        expect(leaks(seen)).toContain(`${name} raw`);
      } finally {
        spawnSync("docker", ["rm", "--force", leaky], { stdio: "ignore" });
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
