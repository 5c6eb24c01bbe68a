import { z } from "zod";
import { ciSchema } from "./ci-schema.ts";
import { environmentSchema } from "./environment-schema.ts";
import { parseImageName } from "./image-name.ts";
import { notifySchema } from "./notify-schema.ts";
import { referencesSchema } from "./references-schema.ts";
import { serviceSchema, trafficSchema } from "./service-schema.ts";
import { storeSchema } from "./store-schema.ts";
import { expected, name, word } from "./words.ts";

// A command reads one file: to compile what reads it takes longer than to read it.
z.config({ jitless: true });

const services = z.record(name, serviceSchema.nullable(), { error: expected("bad-value", "services by their names") });

const environments = z.record(name, environmentSchema.nullable(), {
  error: expected("bad-value", "environments by their names"),
});

const notEmpty = (record: Readonly<Record<string, unknown>>) => Object.keys(record).length > 0;

/** The shape of sampan.yaml, before defaults: also the source of the JSON Schema for editors. Every key is in the annotated example. */
export const fleetSchema = z.strictObject({
  fleet: name.describe("The fleet's name."),
  image: word(
    "a name such as registry.example/shop/{service}",
    /^(?:[a-z0-9[]|\{service\})(?:[a-z0-9._/:\]-]|\{service\})*(?:[a-z0-9]|\{service\})$/,
  )
    .refine(
      (text) => parseImageName(text.replaceAll("{service}", "service")) !== null,
      expected("bad-value", "an image's name without a tag"),
    )
    .optional()
    .describe("Name of each service's image, with its registry. Left out: images stay in this machine's engine."),
  version: z.enum(["commit", "tag"]).optional().describe("What people call a version; default commit."),
  store: storeSchema
    .optional()
    .describe(
      "Journal and history: a folder, or a PostgreSQL database for a team, without its password. Default: the user's state folder.",
    ),
  ci: ciSchema
    .optional()
    .describe("Who says whether the CI is green. Default: the run's own CI, or that of the remote's host."),
  notify: notifySchema.optional().describe("Who hears of releases. A message that cannot be sent changes no release."),
  references: referencesSchema.optional().describe("Commands that resolve values such as op://vault/item/field."),
  traffic: trafficSchema().optional().describe("For every service that does not say otherwise."),
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
