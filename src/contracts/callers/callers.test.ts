import { expect, test } from "vitest";
import { fleetFor } from "../../checks/testing.ts";
import { callersOf } from "./callers.ts";
import { clientsIn, isGeneratorSetting } from "./clients.ts";

const CONTRACT = "services/auth/openapi.yaml";

test("whoever needs a service calls it, and whoever generates a client from its contract", () => {
  const fleet = fleetFor("/repo", { services: ["auth", "blog", "pulse", "atlas"] });
  const blog = fleet.services.blog;
  if (blog === undefined) throw new Error("no blog");
  const needing = { ...fleet, services: { ...fleet.services, blog: { ...blog, needs: ["auth"] } } };
  const clients = [{ contract: CONTRACT, file: "packages/auth-client/package.json", line: 4 }];
  const folders = (name: string) => (name === "pulse" ? ["packages/auth-client"] : [`services/${name}`]);
  expect(callersOf({ fleet: needing, service: "auth", contract: CONTRACT, clients, folders })).toEqual([
    { service: "blog", by: "needs" },
    { service: "pulse", by: "packages/auth-client/package.json:4" },
  ]);
});

test.each([
  [
    "a script of the package",
    "services/blog/package.json",
    '{\n "scripts": { "client": "openapi-typescript ../auth/openapi.yaml -o src/auth.ts" } }',
    2,
  ],
  [
    "a script at the root, from there",
    "package.json",
    '{ "scripts": { "client": "orval --input ./services/auth/openapi.yaml" } }',
    1,
  ],
  [
    "settings of a generator",
    "packages/client/orval.config.ts",
    'export default {\n  auth: { input: "../../services/auth/openapi.yaml" } };',
    2,
  ],
  ["settings in YAML", "packages/client/codegen.yml", "schema: ../../services/auth/openapi.yaml", 1],
])("a client is found by %s", (_, path, text, line) => {
  expect(isGeneratorSetting(path)).toBe(true);
  expect(clientsIn([{ path, text }], new Set([CONTRACT]))).toEqual([{ contract: CONTRACT, file: path, line }]);
});

test("another file of that name, the contract itself and what was installed are no clients", () => {
  const contracts = new Set([CONTRACT]);
  expect(clientsIn([{ path: "services/blog/package.json", text: '"x openapi.yaml"' }], contracts)).toEqual([]);
  expect(clientsIn([{ path: CONTRACT, text: "$ref: openapi.yaml" }], contracts)).toEqual([]);
  expect(isGeneratorSetting("node_modules/x/package.json")).toBe(false);
  expect(isGeneratorSetting("services/blog/src/main.ts")).toBe(false);
});
