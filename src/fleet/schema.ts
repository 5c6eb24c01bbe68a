import { z } from "zod";
import {
  argv,
  duration,
  expected,
  headers,
  integer,
  name,
  path,
  pathForService,
  period,
  timeout,
  why,
  word,
} from "./words.ts";

/** The shape of sampan.yaml, before defaults: also the source of the JSON Schema for editors. Every key here is in the annotated example. */

const urlPath = word("a path such as /health", /^\/(?!\/)[A-Za-z0-9._~/?&=%:@,+-]{0,500}$/);

const prefix = word(
  "a path prefix such as /v1/articles",
  /^\/(?!.*\/\/)(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._~/-]{0,200}$/,
);

const hostName = word(
  "a host name such as api.example.org",
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/,
);

const route = z.union([prefix, z.strictObject({ host: hostName.describe("Requests for this host.") })], {
  error: expected("bad-value", "a path prefix such as /v1/articles, or { host: … }"),
});

const health = z.union(
  [
    urlPath,
    z.strictObject({
      path: urlPath.optional().describe("Where the service answers 200 when it can serve."),
      every: period.optional().describe("Pause between two probes."),
      healthyFor: duration.optional().describe("How long it must pass without a break."),
      timeout: timeout.optional().describe("When to give up."),
    }),
  ],
  { error: expected("bad-value", "a path such as /health, or { path, every, healthyFor, timeout }") },
);

export const REQUEST_LINE =
  /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[\u0021-\u007e]{0,2000})(?: -> ([1-5][0-9]{2}))?$/;

const requestLine = word('a request such as "GET /v1/articles -> 200"', REQUEST_LINE);

const check = z.union(
  [
    requestLine,
    z.strictObject({
      request: requestLine.describe("Method and path."),
      headers: headers.optional().describe("Headers to send."),
      json: z.unknown().optional().describe("A JSON body to send."),
      expect: z
        .strictObject({
          status: integer(100, 599).optional().describe("Status of the answer; default 200."),
          headers: headers.optional().describe("Headers that the answer must have."),
          json: z
            .record(word("a JSON path such as items[0].id", /^\P{Cc}{1,200}$/u), z.unknown(), {
              error: expected("bad-value", "values by their JSON paths"),
            })
            .optional()
            .describe("JSON path to the value that must be there."),
          latency: timeout.optional().describe("Slowest answer allowed."),
        })
        .optional()
        .describe("What the answer must be."),
    }),
    z.strictObject({
      command: argv.describe("Run in the service's folder with SAMPAN_URL set; exit code 0 passes."),
      timeout: timeout.optional().describe("When the command is ended; default 30s."),
    }),
  ],
  { error: expected("bad-value", '"GET /v1/articles -> 200", { request, … } or { command: […] }') },
);

const checks = z
  .array(check, { error: expected("bad-value", "a list of requests") })
  .min(1, expected("bad-value", "at least one request"));

const smoke = z.union(
  [
    checks,
    z.strictObject({
      checks: checks.describe("The same list, with room for how often to try."),
      retries: integer(0, 20).optional().describe("Further attempts of a check that fails; default 2."),
      every: period.optional().describe("Pause between two attempts; default 1s."),
    }),
    z.strictObject({ none: why.describe("There is nothing to request, and why.") }),
  ],
  { error: expected("bad-value", 'a list of requests, { checks, retries, every } or { none: "why" }') },
);

const pattern = z
  .string({ error: expected("bad-pattern", "level>=error or a regular expression") })
  .min(1, expected("bad-pattern", "level>=error or a regular expression"))
  .max(200, expected("bad-pattern", "at most 200 characters"));

const patterns = z
  .array(pattern, { error: expected("bad-value", "a list of patterns") })
  .max(100, expected("bad-value", "at most 100 patterns"));

const percent = integer(1, 99);

const strategy = z.union(
  [
    z.enum(["rolling", "blue-green"]),
    z.strictObject({
      canary: z
        .strictObject({
          weights: z
            .array(percent, { error: expected("bad-value", "percentages such as [5, 50]") })
            .min(1, expected("bad-value", "at least one percentage"))
            .refine(
              (weights) => weights.every((weight, at) => at === 0 || weight > (weights[at - 1] ?? 0)),
              expected("bad-value", "percentages that grow"),
            )
            .describe("Percentages of the traffic, one after the other."),
          watch: duration.optional().describe("How long each of them is watched; default 60s."),
        })
        .describe("Part of the traffic first."),
    }),
    z.strictObject({
      stopFirst: why.describe("The old instances end before new ones start: an outage, and why it is allowed."),
    }),
  ],
  { error: expected("bad-value", 'rolling, blue-green, { canary: { weights, watch } } or { stopFirst: "why" }') },
);

const none = (what: z.ZodString, text: string) =>
  z.union([z.literal("none"), what], { error: expected("bad-value", text) });

const service = z.strictObject({
  path: path("the service's folder")
    .optional()
    .describe("The service's folder. Found: the workspace package of that name."),
  tier: name.optional().describe("core: everything outside core needs all of core."),
  needs: z
    .array(name, { error: expected("bad-value", "a list of services") })
    .optional()
    .describe("Services that must be there first."),
  port: z
    .union([integer(1, 65_535), z.literal("none")], {
      error: expected("bad-value", "a port from 1 to 65535, or none for a worker"),
    })
    .optional()
    .describe("Port inside a container; none for a worker that listens on nothing. Found: EXPOSE; else 8080."),
  routes: z
    .array(route, { error: expected("bad-value", "a list of routes") })
    .optional()
    .describe("What the router sends to this service."),
  replicas: integer(1, 100).optional().describe("Instances; default 1."),
  health: health.optional().describe("When an instance can serve; default /health."),
  smoke: smoke.optional().describe("Requests that prove that the service works. Needed."),
  logs: z
    .strictObject({
      watch: duration.optional().describe("How long the logs are watched after the switch; default 10s."),
      critical: patterns.optional().describe("level>=error or regular expressions that fail the gate."),
      ignore: patterns.optional().describe("Regular expressions of lines that do not count."),
    })
    .optional()
    .describe("What in the logs throws a roll-out back."),
  migrations: z
    .union(
      [
        z.literal("none"),
        z.strictObject({
          dir: path("the folder of the migrations")
            .optional()
            .describe("Folder of NNNN_name.up.sql and .down.sql, in the service's folder."),
          url: word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
            .optional()
            .describe("Variable that holds the connection URL."),
        }),
      ],
      { error: expected("bad-value", "{ dir, url } or none") },
    )
    .optional()
    .describe("Found: the folder migrations, MIGRATION_DATABASE_URL or DATABASE_URL of .env.example."),
  contract: none(path("the OpenAPI file"), "the OpenAPI file, or none")
    .optional()
    .describe("OpenAPI file in the service's folder. Found: openapi.yaml."),
  build: z
    .strictObject({
      test: argv.optional().describe("Default: the package's test script."),
      build: argv.optional().describe("Default: the package's build script."),
      bundle: argv.optional().describe("Fills the folder named by SAMPAN_BUNDLE. Default: pnpm deploy."),
      inputs: z
        .array(path("a file or folder"), { error: expected("bad-value", "a list of paths") })
        .optional()
        .describe("Files or folders outside the service's own that its artifact depends on too."),
    })
    .optional()
    .describe("How the artifact is made."),
  start: argv.optional().describe("Program of an instance. Default: the package's start script."),
  strategy: strategy.optional().describe("How the traffic moves; default rolling."),
  stop: z
    .strictObject({
      drain: duration.optional().describe("Time for requests in flight; default 30s."),
      timeout: duration.optional().describe("From SIGTERM to SIGKILL; default 10s."),
    })
    .optional()
    .describe("How an instance ends."),
});

const BRANCH = /^(?![-./])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[A-Za-z0-9._/@+-]{1,200}(?<![./])$/;

const LISTEN = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):[1-9][0-9]{0,4}$/;

const listenText = word("a port or host:port", LISTEN).refine(
  (text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535,
  expected("bad-value", "a port from 1 to 65535"),
);

const environment = z.strictObject({
  branch: word("a branch such as main or release/2.x", BRANCH)
    .optional()
    .describe("Only commits of this branch are deployed here."),
  after: name.optional().describe("Only artifacts that were verified in that environment."),
  requires: z
    .array(z.enum(["ci"]), { error: expected("bad-value", "a list such as [ci]") })
    .optional()
    .describe("What must have happened before."),
  approval: z
    .strictObject({
      checklist: path("the checklist's file").optional().describe("What people confirm, item by item."),
      confirmations: integer(0, 20).optional().describe("How many people; default 1."),
    })
    .optional()
    .describe("Who must agree to a plan before it runs."),
  target: z
    .strictObject({
      kind: z.enum(["process"]).optional().describe("process: instances are processes on the hosts."),
      hosts: z
        .array(z.enum(["local"]), { error: expected("bad-value", "a list such as [local]") })
        .min(1, expected("bad-value", "at least one host"))
        .optional()
        .describe("The machines; local is this one."),
    })
    .optional()
    .describe("Where revisions run."),
  listen: z
    .union([integer(1, 65_535), listenText], { error: expected("bad-value", "a port or host:port") })
    .optional()
    .describe("The router's listener; default 127.0.0.1:8080."),
  variables: z
    .array(pathForService, { error: expected("bad-value", "a list of dotenv files") })
    .optional()
    .describe("dotenv files; {service} is replaced; later wins."),
  onFailure: z
    .enum(["release", "service", "halt"])
    .optional()
    .describe("What goes back when a service fails; default release."),
  rollout: z
    .strictObject({
      groups: z
        .union(
          [
            z.enum(["waves", "one-by-one"]),
            z.array(z.array(name).min(1, expected("bad-value", "at least one service"))),
          ],
          {
            error: expected("bad-value", "waves, one-by-one or a list of groups"),
          },
        )
        .optional()
        .describe("What changes at the same time; default waves."),
      concurrency: integer(1, 64).optional().describe("At most so many services at once; default 4."),
    })
    .optional()
    .describe("In which order services change."),
});

const services = z.record(name, service.nullable(), { error: expected("bad-value", "services by their names") });

const environments = z.record(name, environment.nullable(), {
  error: expected("bad-value", "environments by their names"),
});

const notEmpty = (record: Readonly<Record<string, unknown>>) => Object.keys(record).length > 0;

export const fleetSchema = z.strictObject({
  fleet: name.describe("The fleet's name."),
  image: word(
    "a name such as registry.example/shop/{service}",
    /^[a-z0-9](?:[a-z0-9._/:-]|\{service\})*(?:[a-z0-9]|\{service\})$/,
  )
    .optional()
    .describe("Name of each service's image."),
  version: z.enum(["commit", "tag"]).optional().describe("What people call a version; default commit."),
  store: path("a folder").optional().describe("Folder of journal and history. Default: the user's state folder."),
  services: services
    .refine(notEmpty, expected("bad-value", "at least one service"))
    .describe("What is built, deployed, verified and rolled back on its own."),
  environments: environments
    .refine(notEmpty, expected("bad-value", "at least one environment"))
    .describe("Where the fleet runs."),
});

/** What is left of a file when its mistakes have been taken out: enough to look for further ones. */
export const remainsSchema = fleetSchema.extend({
  fleet: name.optional(),
  services: services.optional(),
  environments: environments.optional(),
});

export type FleetFile = z.output<typeof fleetSchema>;
export type ServiceFile = NonNullable<FleetFile["services"][string]>;
export type EnvironmentFile = NonNullable<FleetFile["environments"][string]>;
