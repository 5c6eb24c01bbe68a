import { z } from "zod";

/**
 * What `docker compose config --format json` prints: files merged, profiles chosen, variables put in. Loose where Sampan passes on what it
 * does not read; the keys of services are kept as they are, for what is not known must be named.
 */
const networkSchema = z.looseObject({ name: z.string().optional(), external: z.boolean().optional() }).nullable();

export const projectSchema = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  networks: z.record(z.string(), networkSchema).default({}),
  volumes: z.record(z.string(), networkSchema).default({}),
  secrets: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  configs: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

type Printed = z.infer<typeof projectSchema>;

export type ComposeProject = Readonly<{
  name: string;
  services: Readonly<Record<string, ComposeService>>;
  networks: Printed["networks"];
  volumes: Printed["volumes"];
  secrets: Printed["secrets"];
  configs: Printed["configs"];
  /** As printed, for Compose itself: with `$$` for a dollar. */
  text: string;
}>;

export type ComposeService = Readonly<Record<string, unknown>>;

/** In Compose's own output a dollar is written twice, so that it can be read again. */
export function parseProject(text: string): ComposeProject {
  const printed = projectSchema.parse(singleDollars(JSON.parse(text)));
  const { name, services, networks, volumes, secrets, configs } = printed;
  return { name, services, networks, volumes, secrets, configs, text };
}

function singleDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$$", "$");
  if (Array.isArray(value)) return value.map(singleDollars);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, singleDollars(inner)]));
}

/** The service's own environment; names without a value are left to whoever sets them. */
export function environmentOf(service: ComposeService): Readonly<Record<string, string>> {
  const given = (service.environment ?? {}) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}

export const dependenciesOf = (service: ComposeService): readonly string[] =>
  Object.keys((service.depends_on ?? {}) as Readonly<Record<string, unknown>>);
