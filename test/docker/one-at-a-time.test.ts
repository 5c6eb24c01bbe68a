import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet, containersOf, leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { docker } from "./image-fleet.ts";

let fleet: ComposeFleet | undefined;
afterEach(async () => {
  if (fleet === undefined) return;
  await sinkComposeFleet(fleet);
  expect(leftOf(fleet)).toEqual([]);
  fleet = undefined;
}, 60_000);

const STOP_FIRST = '{ stopFirst: "one has the port" }';

const deploy = async (at: ComposeFleet) => {
  const ran = await sampan(["deploy", "staging", "--json"], { cwd: at.root, env: at.env });
  return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as ReleaseDocument };
};
const version = async (port: number) =>
  ((await (await fetch(`http://127.0.0.1:${port}/web/version`)).json()) as { version: string }).version;

/** Each with what the compose file has of it, and the port of this machine that its container has. */
const KINDS: readonly (readonly [what: string, compose: (port: number) => string, message: RegExp])[] = [
  [
    "a fixed port of this machine",
    (port) => `    ports: ["127.0.0.1:${port}:8080"]\n`,
    /it publishes the port 127\.0\.0\.1:\d+:8080, which one container can have/,
  ],
  ["this machine's network", () => "    network_mode: host\n", /network_mode: host lets one container have the port/],
];

describe.each(KINDS)("a service that has %s", (_, compose, message) => {
  it("is refused where the fleet file allows no gap; else stopped first, and started again when the new one is no good", {
    timeout: 180_000,
  }, async () => {
    const port = await freePort();
    const at = await composeFleet([{ name: "web", strategy: "rolling" }], {
      healthcheck: "none",
      compose: () => compose(port),
      // Not behind the router: that would have its port.
      service: `    port: ${compose(port).includes("network_mode") ? port : 8080}\n`,
      dockerfile: () => 'COPY server.mjs behaviour.json ./\nCMD ["node", "server.mjs"]\n',
    });
    fleet = at;
    const unrouted = (strategy: string) =>
      at
        .git("show", "HEAD:sampan.yaml")
        .replace(/ {4}routes: .*\n/, "")
        .replace(/strategy: .*/, `strategy: ${strategy}`);
    at.commit("one", { web: { version: "1" } });
    at.write("sampan.yaml", unrouted("rolling"));
    at.commit("without routes", {});
    const refused = await deploy(at);
    expect(refused.code, refused.said).toBe(3);
    expect(refused.document.problems[0]?.message).toMatch(message);
    expect(containersOf(at)).toEqual([]);

    at.write("sampan.yaml", unrouted(STOP_FIRST));
    at.commit("with a gap", {});
    const first = await deploy(at);
    expect(first.code, first.said).toBe(0);
    expect(await version(port)).toBe("1");
    at.commit("two", { web: { version: "2" } });
    const second = await deploy(at);
    expect(second.code, second.said).toBe(0);
    expect(await version(port)).toBe("2");
    at.commit("bad", { web: { version: "3", health: 503 } });
    const bad = await deploy(at);
    expect(bad.code, bad.said).toBe(4);
    expect(bad.document.problems[0]?.message).toMatch(/answered 503/);
    expect(await version(port)).toBe("2");
    expect(containersOf(at)).toHaveLength(1);
    expect(docker("ps", "--filter", `label=sampan.fleet=${at.name}`, "--format", "{{.State}}")).toBe("running");
  });
});
