import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../src/io/exec.ts";
import { type RanSampan, sampan } from "../sampan.ts";
import { type Behaviour, sinkFleet, type TinyFleet, tinyFleet } from "../tiny/tiny-fleet.ts";
import { baseImage } from "./base-image.ts";
import { containersOf } from "./containers-of.ts";

const NAME = `sampan-test-${process.pid}`;

const COMPOSE = `services:
{services}  store:
    image: "${baseImage()}"
    command: ["sh", "-c", "echo up; sleep 100000"]
    init: true
    healthcheck: { test: ["CMD", "true"], interval: 200ms }
    volumes: [kept:/kept]
  proxy:
    image: "${baseImage()}"
    command: ["sh", "-c", "echo up; sleep 100000"]
    init: true
    depends_on: [web]
volumes: { kept: {} }
`;

const SERVICE = `    depends_on: { store: { condition: service_healthy } }
    environment: { MOTTO: overridden, FROM_COMPOSE: "it's \\"quoted\\" - $$5" }
    healthcheck: { test: ["CMD", "true"], interval: 200ms }
    ports: ["8080"]
    read_only: true
    cap_drop: [ALL]
`;

let fleet: TinyFleet;

const cli = (...args: readonly string[]): Promise<RanSampan> => sampan(args, { cwd: fleet.root, env: fleet.env });
const answer = async (name: string) =>
  (await (await fetch(`http://127.0.0.1:${fleet.listen}/${name}/version`)).json()) as {
    version: string;
    motto: string;
  };
const docker = async (...args: readonly string[]) => {
  const ran = await run({ argv: ["docker", ...args] });
  if (ran.exitCode !== 0) throw new Error(ran.stderr);
  return ran.stdout.trim();
};

beforeAll(async () => {
  fleet = await tinyFleet(
    [
      { name: "web", replicas: 2 },
      { name: "worker", needs: [] },
    ],
    {
      fleet: NAME,
      health: "every: 50ms, healthyFor: 100ms, timeout: 15s",
      containers: { base: baseImage(), compose: COMPOSE, service: SERVICE },
    },
  );
}, 120_000);

afterAll(async () => {
  await sinkFleet(fleet);
  expect(await containersOf(NAME)).toEqual([]);
  await run({ argv: ["docker", "compose", "--project-name", NAME, "down", "--volumes", "--timeout", "0"] });
  const images = await docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", `reference=${NAME}/*`);
  for (const image of images.split("\n").filter(Boolean)) await docker("rmi", "--force", image);
}, 120_000);

const first = { version: "v1" };

describe("a fleet of containers", () => {
  it("is deployed by its compose file, and what stands around it is started", { timeout: 120_000 }, async () => {
    fleet.commit("first", { web: first, worker: first });
    const ran = await cli("deploy", "staging", "--json");
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(await answer("web")).toMatchObject({ version: "v1", motto: "first" });
    const containers = await containersOf(NAME);
    expect(containers.map(({ service }) => service).sort()).toEqual(["web", "web", "worker"]);
    for (const { env, labels } of containers) {
      expect(env).toContain(`FROM_COMPOSE=it's "quoted" - $5`);
      expect(labels).toMatchObject({ "sampan.fleet": NAME, "sampan.environment": "staging" });
      expect(Object.keys(labels)).toEqual(
        expect.arrayContaining(["sampan.release", "sampan.operation", "sampan.revision", "sampan.instance"]),
      );
    }
    const around = await docker("ps", "--filter", `label=com.docker.compose.project=${NAME}`, "--format", "{{.Names}}");
    expect(around.split("\n")).toEqual(expect.arrayContaining([`${NAME}-store-1`, `${NAME}-proxy-1`]));
  });

  it("leaves alone what runs, and says so", { timeout: 120_000 }, async () => {
    const before = await containersOf(NAME);
    const ran = await cli("deploy", "staging", "--json");
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect((ran.json() as { release: string | null }).release).toBeNull();
    expect((await containersOf(NAME)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    const status = await cli("status", "staging", "--json");
    const { services } = status.json() as { services: { drift: string[] }[] };
    expect(services.flatMap(({ drift }) => drift)).toEqual([]);
  });

  const BAD: readonly (readonly [what: string, bad: Omit<Behaviour, "version">, why: RegExp])[] = [
    ["crashes at its start", { crashesAfter: 1 }, /died with exit code 7/],
    ["is never healthy", { health: 503 }, /answered 503/],
    ["crashes a moment later", { crashesAfter: 1_500, logs: "fine so far" }, /exit code 7|fine so far/],
  ];

  it.each(BAD)("is left as it was when the new version %s", { timeout: 120_000 }, async (_what, bad, why) => {
    const before = (await containersOf(NAME)).map(({ id }) => id).sort();
    fleet.commit("bad", { web: { version: "bad", ...bad } });
    const began = performance.now();
    const ran = await cli("deploy", "staging", "--json");
    const { problems, seconds } = ran.json() as { problems: { message: string; hint: string }[]; seconds: number };
    console.log(
      `${_what}: ${seconds} s of the release, ${((performance.now() - began) / 1000).toFixed(1)} s in all: ${problems[0]?.message} | ${problems[0]?.hint}`,
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(4);
    expect(problems.map(({ message, hint }) => `${message} ${hint}`).join("\n")).toMatch(why);
    expect((await containersOf(NAME)).map(({ id }) => id).sort()).toEqual(before);
    expect(await answer("web")).toMatchObject({ version: "v1" });
  });

  it("is upgraded, and rolled back with its container's settings", { timeout: 120_000 }, async () => {
    fleet.write(
      "compose.yaml",
      (await import("node:fs"))
        .readFileSync(`${fleet.root}/compose.yaml`, "utf8")
        .replaceAll("read_only: true", "read_only: false"),
    );
    fleet.commit("second", { web: { version: "v2" } });
    const ran = await cli("deploy", "staging", "--json");
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(await answer("web")).toMatchObject({ version: "v2" });
    const readOnly = async (service: string) =>
      (await containersOf(NAME)).filter((one) => one.service === service).map((one) => one.readOnly);
    // The compose file alone has changed for it: that is a change.
    expect(await readOnly("worker")).toEqual([false]);
    expect(await readOnly("web")).toEqual([false, false]);
    const back = await cli("rollback", "staging", "--yes", "--json");
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await answer("web")).toMatchObject({ version: "v1" });
    expect(await readOnly("web")).toEqual([true, true]);
    expect(await readOnly("worker")).toEqual([true]);
  });
});
