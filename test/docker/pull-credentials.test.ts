import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sampan } from "../sampan.ts";
import { type ComposeFleet, composeFleet, containersOf, leftOf, sinkComposeFleet } from "./compose-fleet.ts";
import { docker } from "./image-fleet.ts";
import { LOGIN, type Registry, startRegistry } from "./registry.ts";

let registry: Registry;
let fleet: ComposeFleet;
beforeAll(async () => {
  registry = await startRegistry({ login: true });
  fleet = await composeFleet([{ name: "web" }], { registry: registry.address, healthcheck: "none" });
  fleet.commit("one", { web: { version: "1" } });
}, 60_000);
afterAll(async () => {
  await sinkComposeFleet(fleet);
  await registry.stop();
  expect(leftOf(fleet)).toEqual([]);
}, 60_000);

/** Docker's configuration of somebody who has logged in so. */
function loggedIn(password: string): string {
  const folder = join(fleet.root, "..", `docker-${password}`);
  mkdirSync(folder, { recursive: true });
  const auth = Buffer.from(`${LOGIN.username}:${password}`).toString("base64");
  // Plugins are looked for beside the configuration.
  const cliPluginsExtraDirs = [join(fleet.env.DOCKER_CONFIG ?? "/", "cli-plugins")];
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ auths: { [registry.address]: { auth } }, cliPluginsExtraDirs }),
  );
  return folder;
}

const asked = async (password: string, ...args: readonly string[]) => {
  const env = { ...fleet.env, DOCKER_CONFIG: loggedIn(password) };
  const ran = await sampan([...args, "--json"], { cwd: fleet.root, env });
  return { code: ran.code, said: ran.stdout + ran.stderr, document: ran.json() as Answer };
};
type Answer = Readonly<{
  status?: string;
  services?: readonly Readonly<{ artifact: string; source: string }>[];
  problems?: readonly Readonly<{ code: string; message: string; hint: string }>[];
}>;

it("pushes and pulls as whoever has logged in, and says by name and step who was refused", {
  timeout: 180_000,
}, async () => {
  const refused = await asked("wrong", "build");
  expect(refused.code, refused.said).toBe(3);
  expect(refused.document.problems?.[0]?.message).toMatch(
    new RegExp(`^web: asking for its image: the registry ${registry.address} refuses \\(401\\)$`),
  );
  expect(refused.document.problems?.[0]?.hint).toContain(`docker login ${registry.address}`);
  expect(refused.said).not.toContain("d3Jvbmc");

  const built = await asked(LOGIN.password, "build");
  expect(built.code, built.said).toBe(0);
  // It has to be pulled, then.
  const ids = docker("image", "ls", "--quiet", "--no-trunc", "--filter", `reference=${fleet.images}/*`);
  docker("image", "rm", "--force", ...new Set(ids.split("\n")));
  const other = await asked("wrong", "deploy", "staging");
  expect(other.code, other.said).toBe(3);
  expect(other.document.problems?.[0]?.message).toContain("web: asking for its image: ");
  expect(containersOf(fleet)).toEqual([]);

  const deployed = await asked(LOGIN.password, "deploy", "staging");
  expect(deployed.code, deployed.said).toBe(0);
  expect(containersOf(fleet)).toHaveLength(1);
});
