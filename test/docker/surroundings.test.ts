import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Engine } from "../../src/agent/docker/engine.ts";
import { missingOf, startSurroundings } from "../../src/agent/docker/surroundings.ts";
import { systemClock } from "../../src/io/clock.ts";
import { IMAGE } from "./container-rig.ts";

const project = `sampan-around-${randomBytes(4).toString("hex")}`;
const signal = new AbortController().signal;
let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open("/var/run/docker.sock");
});
afterAll(() => {
  engine.close();
  execFileSync("docker", ["compose", "--project-name", project, "down", "--volumes", "--timeout", "0"], {
    stdio: "ignore",
  });
}, 60_000);

/** As `docker compose config` prints it: a store that is well after a second, and what may run only then. */
const config = JSON.stringify({
  name: project,
  services: {
    store: {
      image: IMAGE,
      command: ["sh", "-c", "sleep 1; echo ready > /kept/ready; exec sleep 1000"],
      init: true,
      networks: { default: null },
      volumes: [{ type: "volume", source: "kept", target: "/kept", volume: {} }],
      healthcheck: { test: ["CMD", "cat", "/kept/ready"], interval: "200ms", retries: 100 },
    },
    schema: {
      image: IMAGE,
      command: ["cat", "/kept/ready"],
      restart: "no",
      networks: { default: null },
      volumes: [{ type: "volume", source: "kept", target: "/kept", volume: {} }],
      depends_on: { store: { condition: "service_healthy", required: true } },
    },
    "-after": {
      image: IMAGE,
      command: ["sleep", "1000"],
      init: true,
      profiles: ["chosen"],
      networks: { default: null },
      links: ["web"],
      depends_on: {
        schema: { condition: "service_completed_successfully", required: true },
        web: { condition: "service_healthy", required: true },
      },
    },
    web: { image: "not.there.invalid/web", networks: { default: null } },
  },
  networks: { default: { name: `${project}_default` } },
  volumes: { kept: { name: `${project}_kept` } },
});

const running = () =>
  execFileSync(
    "docker",
    [
      "ps",
      "--all",
      "--no-trunc",
      "--filter",
      `label=com.docker.compose.project=${project}`,
      "--format",
      "{{.Names}} {{.ID}}",
    ],
    { encoding: "utf8" },
  )
    .trim()
    .split("\n")
    .sort();

it("starts what stands around a fleet in its own order, whatever it is called, and nothing of the fleet", {
  timeout: 60_000,
}, async () => {
  const services = ["-after", "schema", "store"];
  const start = { engine, project, services, config, environment: { PATH: process.env.PATH ?? "" } };
  await startSurroundings({ ...start, patience: 30_000, clock: systemClock, signal });
  expect(await missingOf(engine, { project, services })).toEqual([]);
  const first = running();
  expect(first.map((line) => line.split(" ")[0])).toEqual(services.map((name) => `${project}-${name}-1`));
  // A part that went away comes back; the others are left as they are.
  execFileSync("docker", ["rm", "--force", `${project}--after-1`], { stdio: "ignore" });
  expect(await missingOf(engine, { project, services })).toEqual(["-after"]);
  await startSurroundings({ ...start, patience: 30_000, clock: systemClock, signal });
  expect(running().slice(1)).toEqual(first.slice(1));
});
