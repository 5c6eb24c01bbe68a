import { describe, expect, it } from "vitest";
import type { Fleet } from "./fleet.ts";
import type { Found, FoundFolder } from "./found.ts";
import { parseFleet } from "./parse-fleet.ts";

const folder = (path: string, given: Partial<FoundFolder> = {}): FoundFolder => ({
  path,
  package: { name: `@shop/${path.split("/").at(-1)}`, scripts: { start: "node main.js" }, dependencies: [] },
  dockerfile: false,
  ports: [],
  variables: null,
  migrations: null,
  contract: null,
  ...given,
});

const found = (folders: readonly FoundFolder[], missing: readonly string[] = []): Found => ({
  packageManager: "pnpm",
  folders: new Map(folders.map((one) => [one.path, one])),
  missing: new Set(missing),
});

const parse = (text: string, with_: Found = found([])) =>
  parseFleet({ text, file: "/r/sampan.yaml", root: "/r" }, with_);

/** `§` stands before each place that a problem must have; nothing else may be told. */
const CASES: readonly (readonly [code: string, what: string, marked: string, facts?: Found])[] = [
  ["bad-name", "fleet", "fleet: §Shop"],
  ["bad-name", "a quote in a service's name", `services:\n  §"it's": { path: a, smoke: { none: x } }`],
  ["bad-name", "a line break in a service's name", `services:\n  §"a\\nb": { path: a, smoke: { none: x } }`],
  ["bad-name", "a command in a service's name", "services:\n  §$(id): { path: a, smoke: { none: x } }"],
  ["bad-name", "a leading dash", "services:\n  §-rf: { path: a, smoke: { none: x } }"],
  ["bad-name", "a path as a name", "services:\n  §../a: { path: a, smoke: { none: x } }"],
  ["bad-name", "constructor", "services:\n  §constructor: { path: a, smoke: { none: x } }"],
  ["bad-name", "__proto__", "services:\n  a: { path: a, smoke: { none: x } }\n  §__proto__: { path: a }"],
  [
    "bad-name",
    "__proto__ in a body",
    "services:\n  a: { path: a, smoke: [{ request: POST /, json: { §__proto__: 1 } }] }",
  ],
  ["bad-name", "an environment", "environments:\n  §Prod: {}"],
  ["bad-name", "a need", "services:\n  a: { path: a, needs: [§$(x)], smoke: { none: x } }"],
  ["missing-key", "no services", "§fleet: shop\nservices:~"],
  ["bad-value", "services empty", "services: §{}"],
  ["bad-value", "services a list", "services: §[a]"],
  ["bad-value", "no environment", "environments: §{}"],
  ["unknown-key", "at the top", "§flet: x"],
  ["unknown-key", "of a service", "services:\n  a: { path: a, smoke: { none: x }, §helth: /x }"],
  ["unknown-key", "inside one of several forms", "services:\n  a: { path: a, smoke: [{ §requst: GET / }] }"],
  ["missing-key", "inside one of several forms", "services:\n  a: { path: a, smoke: [§{ expect: { status: 200 } }] }"],
  ["path-outside", "absolute", "services:\n  a: { path: §/etc, smoke: { none: x } }"],
  ["path-outside", "upwards", "services:\n  a: { path: §x/../../y, smoke: { none: x } }"],
  ["path-outside", "variables", 'environments:\n  e: { variables: [§"../{service}.env"] }'],
  ["bad-path", "a dollar", 'services:\n  a: { path: §"$(x)", smoke: { none: x } }'],
  ["bad-path", "another placeholder", 'environments:\n  e: { variables: [§"env/{other}.env"] }'],
  ["path-missing", "no such folder", "services:\n  a: { path: §a/./b/, smoke: { none: x } }", found([], ["a/b"])],
  ["path-unknown", "nothing of that name", "services:\n  §a: { smoke: { none: x } }"],
  [
    "path-ambiguous",
    "two of that name",
    "services:\n  §a: { smoke: { none: x } }",
    found([folder("x/a"), folder("y/a")]),
  ],
  [
    "start-unknown",
    "no start script",
    "services:\n  §a: { path: a, smoke: { none: x } }",
    found([folder("a", { package: null })]),
  ],
  [
    "migrations-url-unknown",
    "no .env.example",
    "services:\n  a: { path: a, smoke: { none: x }, migrations: §{ dir: db } }",
  ],
  [
    "bad-value",
    "more than all answers",
    "services:\n  a: { path: a, smoke: { none: x }, routes: [/a], traffic: { errors: §2 } }",
  ],
  [
    "bad-value",
    "traffic that is a word",
    "services:\n  a: { path: a, smoke: { none: x }, routes: [/a], traffic: §loud }",
  ],
  [
    "traffic-unseen",
    "of a service without routes",
    "services:\n  a: { path: a, smoke: { none: x }, traffic: §{ errors: 0.5 } }",
  ],
  [
    "bad-value",
    "no tool's way of writing migrations",
    "services:\n  a: { path: a, smoke: { none: x }, migrations: { url: U, format: §django } }",
  ],
  ["bad-duration", "a number", "services:\n  a: { path: a, smoke: { none: x }, logs: { watch: §10 } }"],
  ["bad-duration", "longer than a day", "services:\n  a: { path: a, smoke: { none: x }, logs: { watch: §25h } }"],
  ["bad-duration", "a busy loop", "services:\n  a: { path: a, smoke: { none: x }, health: { every: §0s } }"],
  [
    "health-never",
    "longer than the timeout",
    "services:\n  a: { path: a, smoke: { none: x }, health: §{ healthyFor: 2m } }",
  ],
  ["bad-value", "replicas", "services:\n  a: { path: a, smoke: { none: x }, replicas: §0 }"],
  ["bad-value", "a number with a fraction", "services:\n  a: { path: a, smoke: { none: x }, replicas: §1.5 }"],
  [
    "bad-value",
    "a number that cannot be kept",
    "services:\n  a: { path: a, smoke: [{ request: POST /, json: §12345678901234567890 }] }",
  ],
  ["bad-value", "a port", "services:\n  a: { path: a, smoke: { none: x }, port: §70000 }"],
  ["bad-value", "a smoke line", "services:\n  a: { path: a, smoke: [§GET v1] }"],
  ["bad-value", "smoke: none without why", "services:\n  a: { path: a, smoke: §none }"],
  ["bad-value", "a route upwards", "services:\n  a: { path: a, smoke: { none: x }, routes: [§/v1/../x] }"],
  [
    "bad-value",
    "a header with a line break",
    `services:\n  a: { path: a, smoke: [{ request: GET /, headers: { x: §"a\\r\\nb" } }] }`,
  ],
  ["bad-value", "a program that is an option", 'services:\n  a: { path: a, smoke: { none: x }, start: §["-x"] }'],
  ["bad-value", "start as a text", "services:\n  a: { path: a, smoke: { none: x }, start: §node main.js }"],
  [
    "bad-value",
    "weights that fall",
    "services:\n  a: { path: a, smoke: { none: x }, strategy: { canary: { weights: §[50, 5] } } }",
  ],
  [
    "bad-value",
    "stopFirst without why",
    'services:\n  a: { path: a, smoke: { none: x }, strategy: { stopFirst: §"" } }',
  ],
  ["bad-value", "a branch with a line break", 'environments:\n  e: { branch: §"a\\nb" }'],
  ["bad-value", "a branch that is an option", 'environments:\n  e: { branch: §"--upload-pack=x" }'],
  ["bad-value", "a branch upwards", "environments:\n  e: { branch: §a/../b }"],
  ["bad-value", "too many wildcards", 'environments:\n  e: { branch: §"*a*b*c*d*e" }'],
  ["bad-value", "a tag with a space", 'environments:\n  e: { tag: §"v 1" }'],
  ["bad-value", "a window of nothing", "environments:\n  e: { windows: [§{ because: x }] }"],
  ["missing-key", "a window without why", "environments:\n  e: { windows: [§{ days: [fri] }] }"],
  ["bad-value", "a day that is none", "environments:\n  e: { windows: [{ days: [§friday], because: x }] }"],
  ["bad-value", "hours that are none", 'environments:\n  e: { windows: [{ hours: §"25:00-26:00", because: x }] }'],
  ["bad-value", "hours of no length", 'environments:\n  e: { windows: [{ hours: §"09:00-09:00", because: x }] }'],
  [
    "bad-value",
    "a date that is none",
    'environments:\n  e: { windows: [{ dates: §"2026-02-29..2026-03-01", because: x }] }',
  ],
  [
    "bad-value",
    "dates backwards",
    'environments:\n  e: { windows: [{ dates: §"2027-01-01..2026-01-01", because: x }] }',
  ],
  [
    "bad-value",
    "a zone that is none",
    "environments:\n  e: { windows: [{ days: [fri], zone: §Mars/Olympus, because: x }] }",
  ],
  ["bad-value", "frozen without why", 'environments:\n  e: { frozen: §"" }'],
  ["bad-value", "from nowhere", "environments:\n  e: { from: §laptop }"],
  ["bad-value", "tests as a text", "environments:\n  e: { tests: { command: §npm test } }"],
  ["bad-value", "nobody may approve", "environments:\n  e: { approval: { by: §[] } }"],
  [
    "tests-of-the-whole",
    "tests where a service goes back alone",
    "environments:\n  e: { tests: { command: [x] }, onFailure: §service }",
  ],
  ["bad-value", "references that every address would be", 'references: { §"https://": [op, read, "{reference}"] }'],
  ["bad-value", "references without a beginning", 'references: { §op: [op, read, "{reference}"] }'],
  ["bad-value", "a command that is not told the reference", 'references: { "op://": §[op, read] }'],
  ["bad-value", "a program that a reference names", 'references: { "op://": §["{path}", "{field}"] }'],
  ["bad-value", "references by a shell's text", 'references: { "op://": §"op read {reference}" }'],
  ["bad-value", "a CI by plain http", 'ci: { provider: gitea, api: §"http://git.example", repository: a/b }'],
  ["bad-value", "a CI that nobody knows", 'ci: { provider: §travis, api: "https://x.example", repository: a/b }'],
  ["bad-value", "news to nobody", "notify: [§{ on: [halted] }]"],
  ["bad-value", "news to two at once", 'notify: [§{ slack: A, telegram: { token: B, chat: "1" } }]'],
  ["bad-value", "an address where its variable belongs", 'notify: [{ slack: §"https://hooks.example/x" }]'],
  [
    "bad-value",
    "a second header",
    'notify: [{ email: { to: [§"ops@x.example\\nBcc: eve@x.example"], from: a@x.example, smtp: A } }]',
  ],
  ["bad-value", "mail to nobody", "notify: [{ email: { to: §[], from: a@x.example, smtp: A } }]"],
  [
    "bad-value",
    "a mail server where its variable belongs",
    'notify: [{ email: { to: [a@x.example], from: a@x.example, smtp: §"smtp://x" } }]',
  ],
  ["bad-value", "news that is none", "notify: [{ slack: A, on: [§deployed] }]"],
  [
    "unknown-environment",
    "news of nothing",
    "environments: { staging: {} }\nnotify: [{ slack: A, environments: [§stagin] }]",
  ],
  ["bad-value", "a listener beyond ports", "environments:\n  e: { listen: §host:70000 }"],
  ["bad-value", "onFailure", "environments:\n  e: { onFailure: §relaese }"],
  ["bad-value", "an unknown target", "environments:\n  e: { target: { kind: §swarm } }"],
  ["bad-value", "a requirement", "environments:\n  e: { requires: [§cd] }"],
  [
    "bad-pattern",
    "not an expression",
    'services:\n  a: { path: a, smoke: { none: x }, logs: { critical: [x, §"("] } }',
  ],
  ["bad-pattern", "takes forever", 'services:\n  a: { path: a, smoke: { none: x }, logs: { ignore: [§"(a+)+$"] } }'],
  [
    "bad-pattern",
    "a level that is none",
    'services:\n  a: { path: a, smoke: { none: x }, logs: { critical: [§"level>=loud"] } }',
  ],
  [
    "bad-pattern",
    "too long",
    `services:\n  a: { path: a, smoke: { none: x }, logs: { ignore: [§${"x".repeat(201)}] } }`,
  ],
  ["smoke-missing", "no smoke", "services:\n  §a: { path: a }"],
  ["smoke-missing", "an empty service", "services:\n  §a:", found([folder("a")])],
  [
    "worker-listens",
    "routes of a worker",
    "services:\n  a: { path: a, port: none, smoke: { none: x }, routes: §[/v1] }",
  ],
  [
    "worker-listens",
    "health of a worker",
    "services:\n  a: { path: a, port: none, smoke: { none: x }, health: §/health }",
  ],
  ["worker-listens", "requests to a worker", "services:\n  a: { path: a, port: none, smoke: §[GET /] }"],
  [
    "unknown-need",
    "no such service",
    "services:\n  user-auth: { path: a, smoke: { none: x } }\n  b: { path: b, needs: [§user-aut], smoke: { none: x } }",
  ],
  ["cycle", "itself", "services:\n  a: { path: a, needs: [§a], smoke: { none: x } }"],
  [
    "cycle",
    "three of them",
    "services:\n  a: { path: a, needs: [§b], smoke: { none: x } }\n  b: { path: b, needs: [c], smoke: { none: x } }\n  c: { path: c, needs: [a], smoke: { none: x } }",
  ],
  [
    "core-needs-child",
    "core needs what is outside",
    "services:\n  a: { path: a, tier: core, needs: [§b], smoke: { none: x } }\n  b: { path: b, smoke: { none: x } }",
  ],
  [
    "duplicate-route",
    "two services",
    "services:\n  a: { path: a, routes: [/v1], smoke: { none: x } }\n  b: { path: b, routes: [/v2, §/v1/], smoke: { none: x } }",
  ],
  [
    "duplicate-route",
    "one host",
    "services:\n  a: { path: a, routes: [{ host: h.x }, §{ host: h.x }], smoke: { none: x } }",
  ],
  ["unknown-environment", "after", "environments:\n  e: { after: §stagin }"],
  ["cycle", "environments", "environments:\n  s: { after: §p }\n  p: { after: s, listen: 81 }"],
  ["cycle", "an environment after itself", "environments:\n  s: { after: §s }"],
  ["duplicate-listen", "both by default", "environments:\n  s: {}\n  §p: {}"],
  ["duplicate-listen", "one of them everywhere", 'environments:\n  s: { listen: 90 }\n  p: { listen: §"0.0.0.0:90" }'],
  ["unknown-in-group", "no such service", "environments:\n  e: { rollout: { groups: [[a], [§zz]] } }"],
  ["twice-in-groups", "in two groups", "environments:\n  e: { rollout: { groups: [[a], [§a]] } }"],
  [
    "missing-in-groups",
    "in no group",
    "services:\n  a: { path: a, smoke: { none: x } }\n  b: { path: b, smoke: { none: x } }\nenvironments:\n  e: { rollout: { groups: §[[a]] } }",
  ],
  [
    "group-order",
    "before what it needs",
    "services:\n  a: { path: a, smoke: { none: x } }\n  b: { path: b, needs: [a], smoke: { none: x } }\nenvironments:\n  e: { rollout: { groups: [[§b], [a]] } }",
  ],
  ["password-in-file", "a store's password", "store: §postgres://u:secret@h/db"],
  ["password-in-file", "one that is no right URL", 'store: §"postgres://u:se/cr@et#@h/db"'],
  ["password-in-file", "one among the parameters", "store: §postgres://u@h/db?password=secret"],
  ["bad-value", "a store without a database", "store: §postgres://sampan@db.example"],
  ["bad-value", "a store on two hosts", "store: §postgres://sampan@a,b/sampan"],
  ["bad-value", "a parameter that libpq does not know", "store: §postgres://sampan@h/db?ssl=true"],
  ["bad-value", "a parameter that changes the session", "store: §postgres://sampan@h/db?options=-csearch_path%3Dx"],
  ["bad-value", "a mode of TLS", "store: §postgres://sampan@h/db?sslmode=no-verify"],
  ["bad-value", "a store in another database", "store: §mysql://sampan@h/db"],
  ["bad-value", "a value for a variable's name", "store: { url: §postgres://u:secret@h/db }"],
  [
    "duplicate-project",
    "two environments in one project",
    "environments:\n  a: { target: { kind: compose } }\n  b: { listen: 81, target: §{ kind: compose } }",
  ],
  ["only-for-compose", "a compose file for processes", "environments:\n  e: { target: { §files: [compose.yaml] } }"],
  ["bad-value", "no compose file", "environments:\n  e: { target: { kind: compose, files: §[] } }"],
  [
    "path-outside",
    "a compose file elsewhere",
    "environments:\n  e: { target: { kind: compose, files: [§../c.yaml] } }",
  ],
  ["bad-value", "a project in upper case", "environments:\n  e: { target: { kind: compose, project: §Shop } }"],
  ["bad-value", "an image with a tag", "image: §r.example/shop/{service}:1"],
  ["bad-value", "an image name that Docker refuses", "image: §r.example//{service}"],
  ["bad-value", "a context that is none", "services:\n  a: { path: a, build: { context: §.. }, smoke: { none: x } }"],
  ["bad-value", "a platform", "services:\n  a: { path: a, build: { platform: §windows }, smoke: { none: x } }"],
  [
    "after-other-kind",
    "containers after processes",
    "environments:\n  s: {}\n  p: { after: §s, listen: 81, target: { kind: compose } }",
  ],
  ["not-available", "kubernetes", "environments:\n  e: { target: { kind: §kubernetes, context: c, namespace: n } }"],
  ["not-available", "another host", "environments:\n  e: { target: { hosts: [local, §deploy@10.0.0.5] } }"],
  [
    "image-shared",
    "one image for two",
    "image: §shop/all\nservices:\n  a: { path: a, smoke: { none: x } }\n  b: { path: b, smoke: { none: x } }",
  ],
  ["duplicate-key", "twice", "services:\n  a: { path: a, smoke: { none: x } }\n  §a: {}"],
  ["yaml-syntax", "an alias of nothing", "environments: §*e"],
  ["bad-key", "nothing as a key", "environments:\n  e: {}\n  §~: {}"],
  ["yaml-syntax", "a map as a key", "environments:\n  e: {}\n  §{ a: b }: c"],
];

/** Adds what the case does not speak of, after it: places stay as they are. */
function complete(text: string): string {
  const whole = [text];
  if (!/^§?(?:fleet|flet):/m.test(text)) whole.push("fleet: shop");
  if (/^§?flet:/m.test(text)) whole.push("fleet: shop");
  if (!/^services:/m.test(text)) whole.push("services:\n  a: { path: a, smoke: { none: x } }");
  if (!/^environments:/m.test(text)) whole.push("environments:\n  z: {}");
  return `${whole.join("\n").replace(/^services:~\n?/m, "")}\n`;
}

function unmark(marked: string): { text: string; places: string[] } {
  const places: string[] = [];
  const lines = marked.split("\n").map((line, number) => {
    const [first = "", ...marked] = line.split("§");
    return marked.reduce((before, after) => {
      places.push(`${number + 1}:${before.length + 1}`);
      return before + after;
    }, first);
  });
  return { text: lines.join("\n"), places };
}

/** What proofs of migrations do where nothing is said of them. */
const UNPROVEN = { format: null, seed: null, checks: [], queries: null, codeFirst: false, variables: {} };

describe("parseFleet refuses", () => {
  it.each(CASES.map(([code, what, marked, facts]) => ({ code, what, marked, facts })))(
    "$code: $what",
    ({ code, marked, facts }) => {
      const { text, places } = unmark(complete(marked));
      const result = parse(text, facts);
      const problems = "problems" in result ? result.problems : [];
      expect(problems.map((one) => `${one.code} ${one.line}:${one.column}`)).toEqual(
        places.map((at) => `${code} ${at}`),
      );
      for (const one of problems) {
        expect(one.file).toBe("/r/sampan.yaml");
        expect(`${one.message}${one.hint ?? ""}`).not.toMatch(/[\n\r]|secret/);
      }
    },
  );

  it("everything at once, in the order of the file", () => {
    const { text, places } = unmark(
      complete(`fleet: §Shop
services:
  a: { path: a, needs: [§zz, b], smoke: { none: x }, §teir: x }
  b: { path: b, needs: [§c], smoke: { none: x }, replicas: §0 }
  §c: { path: c, needs: [b], strategy: §stop-first }
environments:
  e: { after: §x, target: { kind: §kubernetes } }`),
    );
    const result = parse(text);
    expect("problems" in result && result.problems.map((one) => `${one.line}:${one.column}`)).toEqual(places);
  });

  it("with a hint at what was meant, and the path of a cycle", () => {
    const text = complete(
      "services:\n  auth: { path: a, smoke: { none: x }, needs: [blog] }\n  blog: { path: a, smoke: { none: x }, needs: [autj, auth], rotues: [] }",
    );
    const result = parse(text);
    const told = "problems" in result ? result.problems.map((one) => `${one.message} ${one.hint}`) : [];
    expect(told).toEqual([
      "a cycle: auth → blog → auth one of them must do without the other",
      "services.blog needs autj, which is no service of the fleet did you mean auth?",
      "services.blog.rotues is not a key of the fleet file did you mean routes?",
    ]);
  });
});

const fleetOf = (text: string, facts?: Found): Fleet => {
  const result = parse(complete(text), facts);
  if ("problems" in result) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.fleet;
};

describe("parseFleet completes", () => {
  it("what is not said, by the defaults", () => {
    const fleet = fleetOf("services:\n  a: { path: ./services//a/, smoke: [GET /x] }\nenvironments:\n  e:");
    expect(JSON.parse(JSON.stringify(fleet))).toEqual({
      name: "shop",
      file: "/r/sampan.yaml",
      root: "/r",
      image: null,
      version: "commit",
      store: null,
      ci: null,
      notify: [],
      references: [],
      services: {
        a: {
          name: "a",
          path: "services/a",
          tier: null,
          needs: [],
          port: 8080,
          routes: [],
          replicas: null,
          health: { path: "/health", every: 1000, healthyFor: 5000, timeout: 60_000 },
          smoke: {
            kind: "checks",
            checks: [
              {
                kind: "request",
                method: "GET",
                path: "/x",
                headers: {},
                expect: { status: 200, headers: {}, json: {}, latency: null },
              },
            ],
            retries: 2,
            every: 1000,
          },
          logs: { watch: 10_000, critical: ["level>=error"], ignore: [] },
          traffic: { errors: 0.01, slower: 3, least: 20 },
          strategy: { kind: "rolling" },
          stop: { drain: 30_000, timeout: 10_000 },
          start: null,
          compose: null,
          migrations: null,
          contract: { kind: "none", declared: false },
          build: {
            test: null,
            build: null,
            bundle: null,
            inputs: [],
            image: { dockerfile: "Dockerfile", context: "service", args: {}, platform: null, stage: null },
          },
        },
      },
      environments: {
        e: {
          name: "e",
          branch: null,
          tag: null,
          windows: [],
          frozen: null,
          from: "anywhere",
          tests: null,
          after: null,
          requires: [],
          approval: null,
          target: { kind: "process", hosts: ["local"], router: { kind: "builtin" } },
          listen: { host: "127.0.0.1", port: 8080 },
          variables: [],
          recipients: null,
          onFailure: "release",
          acceptUnproven: null,
          shares: [],
          contracts: "ask",
          rollout: { groups: "waves", concurrency: 4 },
        },
      },
    });
  });

  it("what the repository says", () => {
    const facts = found([
      folder("services/blog-service", {
        ports: [3000, 9000],
        variables: ["DATABASE_URL", "MIGRATION_DATABASE_URL"],
        migrations: "db/migrations",
        contract: "docs/openapi.yaml",
      }),
    ]);
    const { blog } = fleetOf("services:\n  blog: { smoke: { none: x } }", facts).services;
    expect(blog).toMatchObject({
      path: "services/blog-service",
      port: 3000,
      migrations: { dir: "db/migrations", url: "MIGRATION_DATABASE_URL", ...UNPROVEN },
      contract: { kind: "file", file: "docs/openapi.yaml" },
    });
    const off = fleetOf("services:\n  blog: { port: 80, smoke: { none: x }, migrations: none, contract: none }", facts);
    expect(off.services.blog).toMatchObject({ port: 80, migrations: null, contract: { kind: "none", declared: true } });
  });

  it("needs by the tier: everything outside core needs all of core", () => {
    const fleet = fleetOf(`services:
  z: { path: z, tier: core, smoke: { none: x } }
  y: { path: y, tier: core, needs: [z], smoke: { none: x } }
  b: { path: b, needs: [a, z], smoke: { none: x } }
  a: { path: a, tier: edge, smoke: { none: x } }`);
    expect(Object.values(fleet.services).map(({ name, needs }) => [name, ...needs])).toEqual([
      ["z"],
      ["y", "z"],
      ["b", "a", "y", "z"],
      ["a", "y", "z"],
    ]);
  });

  it("short and long forms alike", () => {
    const { a } = fleetOf(`services:
  a:
    path: a
    health: /up
    routes: [/, /v1/, { host: h.example }]
    smoke:
      checks:
        - GET /a?b=c -> 404
        - { request: POST /x -> 201, headers: { k: v }, json: [1, { a: null }], expect: { headers: { h: v }, json: { "a[0]": 1 }, latency: 250ms } }
        - { command: [node, x.js], timeout: 2m }
      retries: 0
      every: 20ms
    strategy: { canary: { weights: [5, 50] } }
    stop: { drain: 0s }
    start: [node, --enable-source-maps, main.js]`).services;
    expect(a).toMatchObject({
      health: { path: "/up", every: 1000 },
      routes: [
        { kind: "prefix", prefix: "/" },
        { kind: "prefix", prefix: "/v1" },
        { kind: "host", host: "h.example" },
      ],
      smoke: {
        retries: 0,
        every: 20,
        checks: [
          { method: "GET", path: "/a?b=c", expect: { status: 404 } },
          {
            method: "POST",
            json: [1, { a: null }],
            headers: { k: "v" },
            expect: { status: 201, headers: { h: "v" }, json: { "a[0]": 1 }, latency: 250 },
          },
          { kind: "command", command: ["node", "x.js"], timeout: 120_000 },
        ],
      },
      strategy: { kind: "canary", weights: [5, 50], watch: 60_000 },
      stop: { drain: 0, timeout: 10_000 },
      start: ["node", "--enable-source-maps", "main.js"],
    });
  });

  it("a folder of the store, and a listener of its own host", () => {
    const fleet = fleetOf(
      "store: ./state/\nenvironments:\n  e: { listen: '[::1]:90', requires: [ci, ci], approval: {} }",
    );
    expect(fleet.store).toEqual({ kind: "folder", path: "/r/state" });
    expect(fleet.environments.e).toMatchObject({
      listen: { host: "::1", port: 90 },
      requires: ["ci"],
      approval: { checklist: null, confirmations: 1 },
    });
  });

  it("values written once and used again", () => {
    const fleet = fleetOf(
      "services:\n  a: { path: a, smoke: { none: x }, logs: &l { watch: 2s } }\n  b: { path: b, smoke: { none: x }, logs: *l }",
    );
    expect(fleet.services.b?.logs).toMatchObject({ watch: 2000 });
  });

  it("records that a name cannot reach out of", () => {
    const { services, environments } = fleetOf("fleet: shop");
    expect([services.constructor, services.toString, environments.valueOf]).toEqual([undefined, undefined, undefined]);
  });
});
