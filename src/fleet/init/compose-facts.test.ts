import { expect, it } from "vitest";
import { composeFacts } from "./compose-facts.ts";
import { composedFleet } from "./compose-services.ts";
import type { FolderFacts } from "./facts.ts";
import { nothingInSource } from "./facts.ts";

const TEXT = `
x-all: &all { restart: always }
services:
  web:
    <<: *all
    build: ./services/web/
    ports: ["8080:80", "127.0.0.1:9229:9229", "3000", { target: 5000, published: "5001" }, "\${PORT}:1"]
    depends_on: { queue: { condition: service_healthy } }
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:80/ready"] }
  worker:
    build: { context: ., dockerfile: services/worker/Dockerfile }
    depends_on: [db]
  queue: { image: "rabbitmq:3", depends_on: [worker] }
  db: { image: "postgres:17" }
  gone: { build: elsewhere }
`;

const folder = (path: string): readonly [string, FolderFacts] => [
  path,
  {
    folder: { path, package: null, dockerfile: true, ports: [], variables: null, migrations: null, contract: null },
    source: nothingInSource,
    contract: null,
    command: null,
    port: null,
    otherMigrations: [],
  },
];

it("reads of a compose file what a proposal needs", () => {
  const facts = composeFacts("compose.yaml", TEXT);
  expect(facts?.services[0]).toEqual({
    name: "web",
    build: "services/web",
    dockerfile: null,
    stage: null,
    args: {},
    image: null,
    ports: [
      { target: 80, published: 8080 },
      { target: 9229, published: 9229 },
      { target: 3000, published: null },
      { target: 5000, published: 5001 },
      { target: 1, published: null },
    ],
    needs: ["queue"],
    profiles: [],
    health: "/ready",
  });
});

it("reads how images are built, with the variables of .env", () => {
  const text = `
services:
  api:
    build:
      context: \${ROOT:-.}
      dockerfile: ./apps/api/\${FILE}
      target: runner
      args: [A=1, "B=\${UNSET-two}", "C", 'D=$$x', "E=\${UNSET:+no}", "bad-name=1"]
  web: { build: { context: "\${UNSET:-apps/web}", args: { NODE: 24, EMPTY: null } } }
`;
  const [api, web] = composeFacts("compose.yaml", text, { FILE: "Dockerfile.api" })?.services ?? [];
  expect(api).toMatchObject({ build: ".", dockerfile: "apps/api/Dockerfile.api", stage: "runner" });
  expect(api?.args).toEqual({ A: "1", B: "two", D: "$x" });
  expect(web).toMatchObject({ build: "apps/web", dockerfile: null, args: { NODE: "24" } });
});

it("reads one block that hundreds of services have by an alias", () => {
  const services = Array.from({ length: 300 }, (_, nth) => `  s${nth}: { <<: *all, environment: *env }\n`).join("");
  const env = Array.from({ length: 30 }, (_, nth) => `  V${nth}: x\n`).join("");
  const text = `x-env: &env\n${env}x-all: &all { environment: *env, restart: always }\nservices:\n${services}`;
  expect(composeFacts("compose.yaml", text)?.services).toHaveLength(300);
});

it("takes for the fleet what the repository builds, and needs through what stands between", () => {
  const facts = composeFacts("compose.yaml", TEXT);
  if (facts === null) throw new Error("not read");
  const { services, needs, around, left } = composedFleet(
    facts,
    new Map(["services/web", "services/worker"].map(folder)),
  );
  expect([...services.keys()]).toEqual(["web", "worker"]);
  expect(needs.get("web")).toEqual(["worker"]);
  expect(needs.get("worker")).toEqual([]);
  expect(around).toEqual(["queue", "db"]);
  expect(left).toEqual(["gone of compose.yaml is built from elsewhere, and there is no such folder here"]);
});

it.each(["", "services: 3", "- a", "a: [", "services: { a: 1 }"])("says nothing of %j but what it says", (text) => {
  expect(composeFacts("compose.yaml", text)?.services ?? []).toEqual(
    text === "services: { a: 1 }" ? [expect.objectContaining({ name: "a", build: null, image: null })] : [],
  );
});
