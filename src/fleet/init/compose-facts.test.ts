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
    platform: null,
    further: [],
    image: null,
    ports: [
      { target: 80, published: 8080 },
      { target: 9229, published: 9229 },
      { target: 3000, published: null },
      { target: 5000, published: 5001 },
      { target: 1, published: null },
    ],
    needs: ["queue"],
    job: false,
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

const fleetOf = (text: string, ...paths: readonly string[]) => {
  const facts = composeFacts("compose.yaml", text);
  if (facts === null) throw new Error("not read");
  return composedFleet(facts, new Map(paths.map(folder)));
};

it("takes what runs an image that another service builds for built, and for a worker where it names no port", () => {
  const { services, around } = fleetOf(
    `services:
  web: { build: app, image: "shop/app:1", ports: ["80"] }
  worker: { image: "shop/app:1", command: work }
  beat: { build: ./app/, command: beat }
  cache: { image: "valkey:8" }
`,
    "app",
  );
  expect([...services].map(([name, { folder, worker }]) => [name, folder.folder.path, worker])).toEqual([
    ["web", "app", false],
    ["worker", "app", true],
    ["beat", "app", true],
  ]);
  expect(around).toEqual(["cache"]);
});

it("asks whether an image is built from the folder of the service's name", () => {
  const { services, around } = fleetOf(
    `services: { blog-service: { image: "ghcr.io/a/blog:1" }, nginx: { image: nginx }, db: { image: a/pg, ports: ["5432"] } }`,
    ...["services/blog", "nginx", "db"],
  );
  expect([...services.values()].map(({ folder, asks }) => [folder.folder.path, asks])).toEqual([
    ["services/blog", ["is its image, ghcr.io/a/blog:1, built from services/blog? The compose file does not say"]],
  ]);
  expect(around).toEqual(["nginx", "db"]);
});

it("leaves jobs, databases and what is built elsewhere to Compose, and says so", () => {
  const { services, needs, left } = fleetOf(
    `services:
  web: { build: app, depends_on: { schema: { condition: service_completed_successfully } } }
  schema: { build: app, depends_on: [db] }
  db: { build: db, ports: ["5432:5432"] }
  far: { build: "https://example.org/far.git#main" }
`,
    ...["app", "db"],
  );
  expect([...services.keys()]).toEqual(["web"]);
  expect(needs.get("web")).toEqual([]);
  expect(left).toEqual([
    expect.stringMatching(/^schema of compose\.yaml is a job: .*migrations: \{ command/),
    expect.stringMatching(/^db of compose\.yaml is taken for a database \(its port 5432 is PostgreSQL's\)/),
    expect.stringMatching(/^far of compose\.yaml is built from https:\/\/example\.org\/far\.git#main, not from/),
  ]);
});

it("switches profiles on where nothing is built without one", () => {
  const all = fleetOf(
    `services:
  web: { build: app, profiles: [deployed] }
  api: { build: api, profiles: [deployed, dev] }
  debug: { build: debug, profiles: [dev] }
  tool: { image: busybox, profiles: [tools] }
  db: { image: "postgres:17" }
`,
    ...["app", "api", "debug"],
  );
  expect([[...all.services.keys()], all.profiles, all.around]).toEqual([["web", "api"], ["deployed"], ["db"]]);
  expect(all.left).toEqual(["debug of compose.yaml runs under the profile dev only, and was left out"]);
  expect(fleetOf("services: { a: { build: app }, b: { build: app, profiles: [x] } }", "app").profiles).toEqual([]);
});

it("reads for which platform an image is, and what its build has besides", () => {
  const text = `services:
  one: { build: { context: ., platforms: [linux/arm64], ssh: [default], cache_from: [a], dockerfile_inline: "FROM a" } }
  two: { build: { context: ., platforms: [linux/arm64, linux/amd64] }, platform: linux/amd64 }
  three: { build: . }
`;
  expect(composeFacts("compose.yaml", text)?.services.map(({ platform, further }) => [platform, further])).toEqual([
    ["linux/arm64", ["ssh", "dockerfile_inline"]],
    ["linux/amd64", []],
    [null, []],
  ]);
});
