import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { repository } from "../../../test/repository.ts";
import { Refused } from "../../problem.ts";
import { nothingFound } from "../found.ts";
import { parseFleet } from "../parse-fleet.ts";
import { readFleet } from "../read-fleet.ts";
import { nothingInSource } from "./facts.ts";
import { init } from "./init.ts";
import { planInit, SAY_WHY } from "./plan-init.ts";

const git = (root: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: root, stdio: "pipe" });

const problemsOf = async (root: string) => {
  const result = await readFleet(join(root, "sampan.yaml"));
  return "problems" in result ? result.problems : [];
};

const OPENAPI = `openapi: 3.1.0
servers: [{ url: https://api.example.org/v1 }]
security: [{ bearer: [] }]
paths:
  /articles:
    get: { security: [], responses: { "200": { content: { application/json: {} } } } }
    post: { responses: { "201": {} } }
  /articles/stream:
    get: { security: [], responses: { "200": { content: { text/event-stream: {} } } } }
  /articles/{slug}:
    get: { responses: { "200": {} } }
  /articles/drafts:
    get: { responses: { "200": {}, "401": {} } }
  /healthz:
    get: { responses: { "200": {} } }
  /version:
    get: { responses: { "200": {} } }
`;

describe("init", () => {
  it("builds each image as the compose file does, or asks", async () => {
    const root = await repository({
      ".env": "NAME=Dockerfile.api\n",
      "compose.yaml": `services:
  api: { build: { context: ., dockerfile: "./apps/api/\${NAME}", target: runner, args: { NODE: 24 } }, ports: ["80"] }
  web: { build: { context: apps/web, dockerfile: Dockerfile.web } }
  far: { build: { context: apps, dockerfile: far/Dockerfile } }
  all: { build: { context: apps/api, dockerfile: ../all.Dockerfile } }
`,
      "apps/api/Dockerfile.api": "FROM scratch\n",
      "apps/web/Dockerfile.web": "FROM scratch\n",
      "apps/far/Dockerfile": "FROM scratch\n",
      "apps/all.Dockerfile": "FROM scratch\n",
    });
    await init(root);
    const { services } = parse(await readFile(join(root, "sampan.yaml"), "utf8"));
    const build = { context: "repository", dockerfile: "Dockerfile.api", stage: "runner", args: { NODE: "24" } };
    expect(services.api).toMatchObject({ path: "apps/api", build });
    expect(services.web).toMatchObject({ path: "apps/web", build: { dockerfile: "Dockerfile.web" } });
    const text = await readFile(join(root, "sampan.yaml"), "utf8");
    expect(text).toContain("#? the compose file builds its image in apps; Sampan can do it in apps/far or in the root");
    expect(text).toContain("#? its Dockerfile is apps/api/../all.Dockerfile, which is not in apps/api");
    expect((await problemsOf(root)).filter(({ code }) => code !== "smoke-missing")).toEqual([]);
  });

  it("says why the services beside a compose file are taken for processes", async () => {
    const root = await repository({
      "compose.yaml": 'services: { db: { image: "postgres:17" }, queue: { image: "rabbitmq:4" } }\n',
      "services/app/Dockerfile": "FROM scratch\nEXPOSE 80\n",
    });
    await init(root);
    const text = await readFile(join(root, "sampan.yaml"), "utf8");
    expect(text).toContain("#? compose.yaml builds none of these services: they are taken for processes");
  });

  it("says that a compose file could not be read", async () => {
    const root = await repository({
      "compose.yaml": "services: [\n",
      "services/a/Dockerfile": "FROM scratch\nEXPOSE 80\n",
    });
    await init(root);
    const text = await readFile(join(root, "sampan.yaml"), "utf8");
    expect(text).toContain("#? compose.yaml could not be read, and says nothing here");
  });

  it("describes a pnpm workspace that it has never seen", async () => {
    const root = await repository({
      "package.json": { name: "@acme/shop", private: true },
      "pnpm-workspace.yaml": "packages: [services/*, packages/*]\n",
      "packages/kit/package.json": { name: "@acme/kit", dependencies: { fastify: "1" } },
      "services/user-auth/package.json": {
        name: "@acme/user-auth",
        scripts: { start: "node dist/main.js" },
        dependencies: { fastify: "1", "@acme/kit": "workspace:*" },
      },
      "services/user-auth/src/main.ts":
        'app.get("/health/live", ok);\napp.get("/health", ok);\nawait app.listen({ port: Number(process.env.PORT) });\n',
      "services/blog/package.json": { name: "@acme/blog-service", scripts: { start: "node dist/main.js" } },
      "services/blog/Dockerfile": "FROM node:24\nEXPOSE 3000\n",
      "services/blog/.env.example": "USER_AUTH_URL=\nSTORAGE_URL=\nDATABASE_URL=\nMIGRATION_DATABASE_URL=\n",
      "services/blog/migrations/0001_first.up.sql": "",
      "services/blog/openapi.yaml": OPENAPI,
      "env/staging.env": "",
      "env/staging/blog.env": "",
      "env/production.env.age": "",
    });
    git(root, "init", "-q", "-b", "main");
    git(root, "commit", "-q", "--allow-empty", "-m", "first");
    git(root, "branch", "develop");
    const result = await init(root);
    expect(result.services).toEqual(["blog", "user-auth"]);
    const text = await readFile(result.written, "utf8");
    expect(parse(text)).toEqual({
      fleet: "shop",
      services: {
        blog: {
          path: "services/blog",
          needs: ["user-auth"],
          port: 3000,
          routes: ["/v1/articles"],
          health: "/healthz",
          smoke: ["GET /v1/articles -> 200", "GET /v1/articles/drafts -> 401"],
          migrations: { dir: "migrations", url: "MIGRATION_DATABASE_URL" },
          contract: "openapi.yaml",
        },
        "user-auth": { path: "services/user-auth", health: "/health", smoke: { none: SAY_WHY } },
      },
      environments: {
        staging: { branch: "develop", listen: 8081, variables: ["env/staging.env", "env/staging/{service}.env"] },
        production: {
          branch: "main",
          after: "staging",
          approval: { confirmations: 1 },
          listen: 8080,
          variables: ["env/production.env.age"],
        },
      },
    });
    expect(await problemsOf(root)).toEqual([]);
    // What is asked at the end stands in the file as well.
    expect(result.undecided).toEqual([
      "user-auth: what does the router send to it? For example: routes: [/v1/…]",
      'user-auth: which requests prove that it works? For example: smoke: ["GET /… -> 200"]',
    ]);
    expect(text.match(/^ *#\? /gm)).toHaveLength(2);
  });

  it.each([
    ["npm", { "package-lock.json": "{}", "package.json": { name: "shop", workspaces: ["apps/*"] } }],
    ["yarn", { "yarn.lock": "", "package.json": { name: "shop", private: true, workspaces: ["apps/*"] } }],
  ])("describes a workspace of %s", async (_tool, files) => {
    const root = await repository({
      ...files,
      "apps/orders/package.json": {
        name: "orders",
        scripts: { start: "node ." },
        dependencies: { express: "5", billing: "*" },
      },
      "apps/billing/package.json": { name: "billing", scripts: { start: "node ." }, dependencies: { koa: "3" } },
      "apps/billing/.env.example": "PORT=4000\nORDERS_SERVICE_URL=\n",
      "apps/web/package.json": { name: "web", scripts: { build: "vite build" }, dependencies: { react: "19" } },
      "apps/cron/package.json": { name: "cron", scripts: { start: "node ." } },
    });
    const { services, undecided } = await init(root);
    expect(services).toEqual(["billing", "orders"]);
    const written = parse(await readFile(join(root, "sampan.yaml"), "utf8"));
    expect(written.services.billing).toMatchObject({ port: 4000, needs: ["orders"] });
    // Each names the other: one of the two has to go, and it says so.
    expect(written.services.orders.needs).toBeUndefined();
    expect(undecided).toContain("orders: it seems to need billing, which needs it: a cycle");
    expect(await problemsOf(root)).toEqual([]);
  });

  it("describes a repository with one package", async () => {
    const root = await repository({
      "package.json": { name: "Blog API!", scripts: { start: "node server.js" } },
      "server.js": "require('node:http').createServer(handle).listen(80)\n",
    });
    const { services, undecided } = await init(root);
    expect(services).toEqual(["blog-api"]);
    expect(undecided).toContain("blog-api: it does not seem to read PORT, which Sampan gives it");
    expect(await problemsOf(root)).toEqual([]);
  });

  it("describes plain folders with Dockerfiles", async () => {
    const root = await repository({
      "src/cart/src/Dockerfile":
        'FROM sdk AS build\nFROM base\nEXPOSE 7070 7071\nENTRYPOINT ["/app/cart"]\nCMD ["--all"]\n',
      "src/mail/Dockerfile": "FROM python\nCMD python main.py\n",
      "src/mail/alembic/env.py": "",
    });
    const { services, undecided } = await init(root);
    expect(services).toEqual(["cart", "mail"]);
    expect(parse(await readFile(join(root, "sampan.yaml"), "utf8")).services).toMatchObject({
      cart: { path: "src/cart/src", port: 7070, start: ["/app/cart", "--all"] },
      mail: { path: "src/mail", port: "none" },
    });
    expect(undecided).toContain("cart: which of its ports serves requests: 7070, 7071?");
    expect(undecided).toContain("mail: nothing was seen that listens: taken for a worker");
    expect(undecided).toContain("mail: alembic is not run by Sampan, which runs NNNN_name.up.sql and .down.sql");
    // How mail is started cannot be known: the one problem left is told.
    const left = await problemsOf(root);
    expect(left.map(({ code }) => code)).toEqual(["start-unknown"]);
    expect(undecided.at(-1)).toBe(`line ${left[0]?.line}: ${left[0]?.message}`);
  });

  it("never overwrites", async () => {
    for (const name of ["sampan.yaml", "sampan.yml"]) {
      const root = await repository({ Dockerfile: "FROM x\n" });
      await writeFile(join(root, name), "mine");
      const refused = await init(root).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refused);
      expect(refused).toMatchObject({ exit: 2, problems: [{ code: "fleet-file-exists", file: join(root, name) }] });
      expect(await readFile(join(root, name), "utf8")).toBe("mine");
    }
  });

  it("writes nothing where there is nothing to deploy", async () => {
    const root = await repository({ "package.json": { name: "lib" } });
    await expect(init(root)).rejects.toMatchObject({ exit: 2, problems: [{ code: "no-services-found" }] });
    await expect(readFile(join(root, "sampan.yaml"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("writes for the example fleet what it declares itself", async () => {
    const example = new URL("../../../examples/go2asia/", import.meta.url).pathname;
    const root = await repository({});
    execFileSync("sh", [
      "-c",
      'cd "$0" && tar c --exclude node_modules --exclude dist --exclude sampan.yaml . | tar x -C "$1"',
      example,
      root,
    ]);
    const { services } = await init(root);
    expect([...services].sort()).toEqual(["atlas", "blog", "content", "points", "pulse", "user-auth"]);
    expect(await problemsOf(root)).toEqual([]);
    const [own, written] = await Promise.all([
      readFleet(join(example, "sampan.yaml")),
      readFleet(join(root, "sampan.yaml")),
    ]);
    if ("problems" in own || "problems" in written) throw new Error("not read");
    for (const [name, service] of Object.entries(own.fleet.services)) {
      const { path, port, routes, migrations, contract } = service;
      const sorted = routes.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      expect(written.fleet.services[name]).toMatchObject({ path, port, routes: sorted, migrations, contract });
    }
  });
});

describe("planInit", () => {
  it("property: writes a file that can be read, whatever folders and packages are called", () => {
    const word = fc.oneof(
      fc.constantFrom("a", "src", "constructor", "__proto__", "user_auth", "it's", "x: y", "- a", "#", "null"),
      fc.string({ minLength: 1, unit: "binary" }),
    );
    const folder = fc.record({
      path: fc.array(word, { minLength: 1, maxLength: 2 }),
      name: word,
      route: fc.constantFrom("/v1/a", "/v1/b"),
      variable: fc.constantFrom("A_URL", "USER_AUTH_URL"),
    });
    fc.assert(
      fc.property(word, fc.array(folder, { minLength: 1, maxLength: 5 }), fc.boolean(), (name, folders, composed) => {
        const { text, services } = planInit({
          name,
          found: nothingFound,
          branches: ["main"],
          variableFiles: ["env/staging.env"],
          unreadCompose: [],
          compose: composed
            ? {
                file: "compose.yaml",
                services: folders.map((one, nth) => ({
                  name: `Service_${nth}`,
                  build: one.path.join("/"),
                  dockerfile: nth === 0 ? null : `${one.name}.Dockerfile`,
                  stage: nth === 0 ? null : "runtime",
                  args: nth === 0 ? {} : { A: one.name, B: "x, y: z" },
                  platform: nth === 0 ? null : "linux/amd64",
                  further: nth === 0 ? [] : ["ssh"],
                  image: null,
                  ports: [{ target: 80, published: nth === 0 ? null : 8000 }],
                  needs: [name],
                  job: false,
                  profiles: [],
                  health: null,
                })),
              }
            : null,
          folders: folders.map((one) => ({
            folder: {
              path: one.path.join("/"),
              package: { name: one.name, scripts: { start: "x" }, dependencies: ["express"] },
              dockerfile: false,
              ports: [],
              variables: [one.variable],
              migrations: null,
              contract: null,
            },
            source: nothingInSource,
            contract: { routes: [one.route], health: [], smoke: [] },
            command: null,
            port: null,
            otherMigrations: [],
          })),
        });
        expect(services).toHaveLength(folders.length);
        const result = parseFleet({ text, file: "/r/sampan.yaml", root: "/r" });
        // Paths that a fleet file refuses are all that may be wrong with it.
        const wrong =
          "problems" in result ? result.problems.filter(({ code }) => !/^(?:bad-path|path-outside)$/.test(code)) : [];
        expect(wrong).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
