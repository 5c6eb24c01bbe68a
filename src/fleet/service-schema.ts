import { z } from "zod";
import { FORMATS } from "./migration-format.ts";
import { smokeChecks, smokeSchema } from "./smoke-schema.ts";
import { argv, duration, expected, integer, name, path, period, timeout, why, word } from "./words.ts";

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

const pattern = z
  .string({ error: expected("bad-pattern", "level>=error or a regular expression") })
  .min(1, expected("bad-pattern", "level>=error or a regular expression"))
  .max(200, expected("bad-pattern", "at most 200 characters"));

const patterns = z
  .array(pattern, { error: expected("bad-value", "a list of patterns") })
  .max(100, expected("bad-value", "at most 100 patterns"));

const logs = z.union(
  [
    z.strictObject({
      watch: duration.optional().describe("How long the logs are watched after the switch; default 10s."),
      critical: patterns.optional().describe("level>=error or regular expressions that fail the gate."),
      ignore: patterns.optional().describe("Regular expressions of lines that do not count."),
    }),
    z.strictObject({ none: why.describe("Nobody can read its logs, and why.") }),
  ],
  { error: expected("bad-value", '{ watch, critical, ignore } or { none: "why" }') },
);

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

const number = (least: number, most: number) => {
  const what = expected("bad-value", `a number from ${least} to ${most}`);
  return z.number({ error: what }).min(least, what).max(most, what);
};

/** Once for all services and once for each. */
export const trafficSchema = () =>
  z.union(
    [
      z.literal("none"),
      z.strictObject({
        errors: number(0, 1)
          .optional()
          .describe("By how much the share of answers that fail may grow; default 0.01, one in a hundred."),
        slower: number(1, 1000)
          .optional()
          .describe(
            "How many times longer than nine in ten of before more than a tenth of the answers may take; default 3.",
          ),
        least: integer(1, 1_000_000).optional().describe("Fewer requests than these say nothing; default 20."),
      }),
    ],
    { error: expected("bad-value", "{ errors, slower, least } or none") },
  );

const none = (what: z.ZodString, text: string) =>
  z.union([z.literal("none"), what], { error: expected("bad-value", text) });

export const serviceSchema = z.strictObject({
  path: path("the service's folder")
    .optional()
    .describe("The service's folder. Found: the workspace package of that name."),
  tier: name.optional().describe("core: everything outside core needs all of core."),
  needs: z
    .array(name, { error: expected("bad-value", "a list of services") })
    .optional()
    .describe("Services that must be there first."),
  compose: word("the name of a service in the compose file", /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}$/)
    .optional()
    .describe("Its name in the compose file. Default: the same name, or with -service."),
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
  replicas: integer(1, 100).optional().describe("Instances. Default: as the compose file says, else 1."),
  health: health.optional().describe("When an instance can serve; default /health."),
  smoke: smokeSchema.optional().describe("Requests that prove that the service works. Needed."),
  logs: logs.optional().describe("What in the logs throws a roll-out back."),
  traffic: trafficSchema()
    .optional()
    .describe("What in the answers, as the router counts them, throws a roll-out back. Default: the fleet's."),
  migrations: z
    .union(
      [
        z.literal("none"),
        z.strictObject({
          dir: path("the folder of the migrations")
            .optional()
            .describe("Folder of NNNN_name.up.sql and .down.sql, in the service's folder."),
          format: z
            .enum(FORMATS, { error: expected("bad-value", `one of ${FORMATS.join(", ")}`) })
            .optional()
            .describe("The tool whose way its files are written in, where they look like those of several. Found."),
          url: word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
            .optional()
            .describe("Variable that holds the connection URL."),
          seed: argv
            .optional()
            .describe(
              "Fills the tables of a proof, run in the service's folder with DATABASE_URL. Default: rows are made up.",
            ),
          checks: smokeChecks
            .optional()
            .describe("Requests that code must answer in a proof of migrations, beside the smoke test."),
          queries: path("a file of SQL statements")
            .optional()
            .describe(
              "File of statements that the service sends; each must give the same before and after a migration.",
            ),
          codeFirst: z
            .boolean({ error: expected("bad-value", "true or false") })
            .optional()
            .describe("true: the new code must also work before its migrations have run."),
          variables: z
            .record(
              word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/),
              word("one line of text", /^[ -~\u00a0-\uffff]{0,1000}$/),
              { error: expected("bad-value", "values by the names of variables") },
            )
            .optional()
            .describe(
              "Variables of the service in a proof, where nothing of the environment can be reached. No secrets.",
            ),
        }),
        z.strictObject({
          command: argv.describe("A tool of the service's own that migrates; given the URL in its variable."),
          because: why.describe("Why the code that runs bears what it does: Sampan cannot tell."),
          url: word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
            .optional()
            .describe("Variable that holds the connection URL."),
        }),
      ],
      { error: expected("bad-value", "{ dir, url }, { command, because, url } or none") },
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
      dockerfile: path("the Dockerfile").optional().describe("In the service's folder; default Dockerfile."),
      context: z
        .enum(["service", "repository"], { error: expected("bad-value", "service or repository") })
        .optional()
        .describe("What the Dockerfile copies from: the service's folder (default), or that of the fleet file."),
      args: z
        .record(
          word("a build argument's name", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/),
          z.union([z.string().max(4096), z.number(), z.boolean()], {
            error: expected("bad-value", "a word in quotes"),
          }),
          { error: expected("bad-value", "build arguments by their names") },
        )
        .optional()
        .describe("Build arguments. They are public: everybody who has the image can read them."),
      stage: word("a stage of the Dockerfile", /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}$/)
        .optional()
        .describe("The stage that the image ends with; default: the Dockerfile's last."),
      platform: word("a platform such as linux/amd64", /^linux\/[a-z0-9]+(?:\/v[0-9])?$/)
        .optional()
        .describe("What the image runs on; default: as this machine."),
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
