import { z } from "zod";
import { refPattern, rulesSchema } from "./rules-schema.ts";
import { expected, integer, name, path, pathForService, someOf, why, word } from "./words.ts";

const PROJECT = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** As registries and engines write an image: a name, then a tag or a digest. */
const IMAGE = /^[a-z0-9](?:[a-z0-9._/:-]{0,200}[a-z0-9])?(?:@sha256:[0-9a-f]{64})?$/;

const router = z.union(
  [
    z.enum(["builtin", "haproxy"]),
    z.strictObject({
      haproxy: z
        .strictObject({ image: word("an image such as haproxy:3.2", IMAGE).describe("Image of HAProxy.") })
        .describe("HAProxy in a container."),
    }),
  ],
  { error: expected("bad-value", "builtin, haproxy or { haproxy: { image } }") },
);

const LISTEN = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):[1-9][0-9]{0,4}$/;

const listenText = word("a port or host:port", LISTEN).refine(
  (text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535,
  expected("bad-value", "a port from 1 to 65535"),
);

export const environmentSchema = z.strictObject({
  branch: refPattern("a branch such as main or release/*")
    .optional()
    .describe("Only commits of this branch are deployed here; * stands for anything but a slash, ** for anything."),
  tag: rulesSchema.tag,
  after: name.optional().describe("Only artifacts that were verified in that environment."),
  requires: z
    .array(z.enum(["ci"]), { error: expected("bad-value", "a list such as [ci]") })
    .optional()
    .describe("What must have happened before."),
  approval: z
    .strictObject({
      checklist: path("the checklist's file").optional().describe("What people confirm, item by item."),
      confirmations: integer(0, 20).optional().describe("How many people; default 1."),
      by: someOf(word("a person's name", /^[^\p{Cc}\p{Zl}\p{Zp}]{1,100}$/u), "a list of people", "person")
        .optional()
        .describe("Who may agree; default anybody. An item of the checklist may name others."),
      rollback: z
        .boolean({ error: expected("bad-value", "true or false") })
        .optional()
        .describe("true: a rollback waits for these people, too; default false."),
    })
    .optional()
    .describe("Who must agree to a plan before it runs."),
  windows: rulesSchema.windows,
  frozen: rulesSchema.frozen,
  from: rulesSchema.from,
  tests: rulesSchema.tests,
  target: z
    .strictObject({
      kind: z
        .enum(["process", "compose"])
        .optional()
        .describe("process (default): instances are processes on the hosts; compose: containers by a compose file."),
      hosts: someOf(z.enum(["local"]), "a list such as [local]", "host")
        .optional()
        .describe("The machines; local is this one."),
      files: someOf(path("a compose file"), "a list of compose files", "compose file")
        .optional()
        .describe("Compose files; later wins. Default: those that Compose finds in the root."),
      project: word("a project name such as shop", PROJECT)
        .optional()
        .describe("Name of the Compose project. Default: as Compose names it."),
      profiles: z
        .array(word("a profile's name", /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,100}$/), {
          error: expected("bad-value", "a list of profiles"),
        })
        .optional()
        .describe("Profiles of the compose file that are switched on."),
      router: router
        .optional()
        .describe(
          "Who moves the traffic: builtin (default for processes) or haproxy (default for compose), the host's own or a container.",
        ),
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
  recipients: path("the file of those who may read the encrypted files")
    .optional()
    .describe(
      "age recipients that `sampan secrets rotate` encrypts to, one a line. Default: ENV.recipients.txt beside the first .age file.",
    ),
  onFailure: z
    .enum(["release", "service", "halt"])
    .optional()
    .describe("What goes back when a service fails; default release."),
  acceptUnproven: why
    .optional()
    .describe("Migrations that could not be proven run all the same, and why that is accepted here."),
  shares: z
    .array(
      z.strictObject({
        variable: word("the name of a variable", /^[A-Za-z_][A-Za-z0-9_]{0,99}$/).describe(
          "Variable that names the database, queue or storage.",
        ),
        with: name.describe("The other environment."),
        because: why.describe("Why both may use it."),
      }),
      { error: expected("bad-value", "a list of { variable, with, because }") },
    )
    .optional()
    .describe("Databases, queues and storages that are shared with another environment on purpose."),
  contracts: z
    .enum(["ask", "compare", "none"], { error: expected("bad-value", "ask, compare or none") })
    .optional()
    .describe(
      "compare: a change that breaks callers is refused; ask (default without `after`): the running service is asked, too; none.",
    ),
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
