import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { freePort } from "../../src/io/free-port.ts";
import type { RanSampan } from "../sampan.ts";
import { endAgentOf } from "../tiny/end-agent-of.ts";
import { baseImage } from "./base-image.ts";
import { digestIn, docker, type ImageFleet, imageFleet } from "./image-fleet.ts";
import { type Registry, startRegistry } from "./registry.ts";

const SERVER = `
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
const server = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ artifact: process.env.SAMPAN_ARTIFACT, motto: readFileSync("/app/main.txt", "utf8").trim() }));
});
server.listen(Number(process.env.PORT ?? 8080), "0.0.0.0");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

let registry: Registry;
let one: ImageFleet | null = null;
beforeAll(async () => {
  registry = await startRegistry();
});
afterEach(async () => {
  if (one !== null) await endAgentOf(one.home);
  one?.remove();
});
afterAll(() => registry.stop());

type Answer = Readonly<{ artifact: string; motto: string }>;

it("goes to one environment after the other by one digest, and back", { timeout: 300_000 }, async () => {
  const [staging, production] = [await freePort(), await freePort()];
  const fleet = imageFleet({
    registry: registry.address,
    service:
      "routes: [/], health: { path: /health, every: 100ms, healthyFor: 200ms, timeout: 30s }, logs: { watch: 0s }, stop: { drain: 1s, timeout: 5s }, build: { test: [node, --version] }",
    files: {
      "services/blog/Dockerfile": `FROM ${baseImage()}\nCOPY server.mjs main.txt /app/\nUSER node\nEXPOSE 8080\nCMD ["node", "/app/server.mjs"]\n`,
      "services/blog/server.mjs": SERVER,
      "services/blog/main.txt": "one\n",
      "compose.yaml": "services:\n  blog: { image: blog }\n",
    },
  });
  one = fleet;
  const file = fleet.repository.git("show", "HEAD:./sampan.yaml");
  const [head = ""] = file.split("environments:");
  // A smoke command runs among the service's files: those of the artifact that it looks at.
  const services = head.replace("smoke: { none: a test }", "smoke: [GET /health -> 200, { command: [cat, main.txt] }]");
  const target = (name: string) => `target: { kind: compose, router: builtin, project: ${fleet.name}-${name} }`;
  fleet.repository.write({ "env/production.env": "TOKEN=Another/very+Secret_Value=78\n" });
  fleet.repository.commit({
    "sampan.yaml": `${services}environments:
  staging: { ${target("staging")}, listen: ${staging}, variables: [env/staging.env] }
  production: { after: staging, ${target("production")}, listen: ${production}, variables: [env/production.env] }
`,
  });
  const ask = async (port: number): Promise<Answer> =>
    (await fetch(`http://127.0.0.1:${port}/version`)).json() as Promise<Answer>;
  const codeOf = (ran: RanSampan): readonly unknown[] => [
    ran.code,
    (JSON.parse(ran.stdout) as { problems: { code: string }[] }).problems.map(({ code }) => code),
  ];
  const well = async (...args: readonly string[]): Promise<void> => {
    const ran = await fleet.sampan([...args, "--json"]);
    expect([ran.code, ran.code === 0 ? "" : ran.stdout + ran.stderr]).toEqual([0, ""]);
  };

  const preview = await fleet.sampan(["plan", "staging", "--preview", "--json"]);
  expect(preview.json()).toMatchObject({ unbuilt: ["blog"], services: [{ change: "new" }] });
  expect(codeOf(await fleet.sampan(["deploy", "production", "--json"]))).toEqual([3, ["not-verified-before"]]);
  await well("deploy", "staging");
  const first = await ask(staging);
  expect(first).toEqual({
    motto: "one",
    artifact: await digestIn(registry.address, `${fleet.name}/blog:${fleet.repository.git("rev-parse", "HEAD")}`),
  });
  await well("deploy", "production");
  expect(await ask(production)).toEqual(first);

  fleet.repository.commit({ "services/blog/main.txt": "two\n" });
  expect(codeOf(await fleet.sampan(["deploy", "production", "--json"]))).toEqual([3, ["not-verified-before"]]);
  await well("deploy", "staging");
  const second = await ask(staging);
  expect(second.motto).toBe("two");
  expect(second.artifact).not.toBe(first.artifact);
  expect(await ask(production)).toEqual(first);

  // What a rollback would return to is needed, by whomever it is asked.
  const pruned = await fleet.sampan(["images", "prune", "production", "--json"]);
  expect(pruned.json()).toMatchObject({ environment: "production", needed: 2, removed: [] });
  await well("rollback", "staging");
  expect(await ask(staging)).toEqual(first);
  // The registry's word is not needed for what is here already.
  expect(
    docker("image", "inspect", "--format", "{{.Id}}", `${registry.address}/${fleet.name}/blog@${second.artifact}`),
  ).toMatch(/^sha256:/);
});
