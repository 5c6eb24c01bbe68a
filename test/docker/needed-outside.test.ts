import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReleaseDocument } from "../../src/release/outcome.ts";
import { sampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet, containersOf, leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { docker } from "./image-fleet.ts";

let fleet: ComposeFleet;
beforeAll(async () => {
  fleet = await composeFleet([{ name: "web" }], {
    healthcheck: "none",
    compose: () => "    networks: [default, edge]\n    volumes: [uploads:/uploads]\n    secrets: [token]\n",
  });
  const { name } = fleet;
  appendFileSync(
    join(fleet.root, "compose.yaml"),
    [
      "  store: { image: not.there.invalid/store, networks: [behind] }\n",
      `networks:\n  edge: { external: true, name: ${name}-edge }\n  behind: { external: true, name: ${name}-behind }\n`,
      `volumes:\n  uploads: { external: true, name: ${name}-uploads }\n`,
      "secrets:\n  token: { file: ./own/token.txt }\n",
    ].join(""),
  );
  fleet.commit("one", { web: { version: "1" } });
});
afterAll(async () => {
  const { name } = fleet;
  await sinkComposeFleet(fleet);
  await docker("volume", "rm", "--force", `${name}-uploads`);
  expect(leftOf(fleet)).toEqual([]);
}, 60_000);

const deploy = async () => {
  const ran = await sampan(["deploy", "staging", "--json"], { cwd: fleet.root, env: fleet.env });
  return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as ReleaseDocument };
};

it("networks, volumes and files that nobody makes are missed all at once, before anything is built or started", {
  timeout: 120_000,
}, async () => {
  const { name } = fleet;
  const refused = await deploy();
  expect(refused.code, refused.said).toBe(3);
  expect(refused.document.problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
    expect.stringMatching(`^network-missing services.web: the network ${name}-edge is not there`),
    expect.stringMatching(`^volume-missing services.web: the volume ${name}-uploads is not there`),
    expect.stringMatching(/^file-missing services\.web: .*\/own\/token\.txt is to be mounted/),
    expect.stringMatching(`^network-missing services.store: the network ${name}-behind is not there`),
  ]);
  expect(leftOf(fleet)).toEqual([]);
  // The one thing that is still missing is the only one that is named.
  await docker("network", "create", `${name}-edge`);
  await docker("volume", "create", `${name}-uploads`);
  fleet.write("compose.yaml", fleet.git("show", "HEAD:compose.yaml").replace(/^ {2}store: .*\n/m, ""));
  fleet.commit("without the store", {});
  const still = await deploy();
  expect(still.code, still.said).toBe(3);
  expect(still.document.problems.map(({ code }) => code)).toEqual(["file-missing"]);
  mkdirSync(join(fleet.root, "own"));
  writeFileSync(join(fleet.root, "own/token.txt"), "to-be-mounted");
  fleet.commit("with its file", {});
  const deployed = await deploy();
  expect(deployed.code, deployed.said).toBe(0);
  expect(containersOf(fleet)).toHaveLength(1);
});
