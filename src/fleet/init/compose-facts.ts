import { parse } from "yaml";

/** A service of a compose file, read as text: what `sampan init` proposes, it proposes from this. */
export type ComposeFact = Readonly<{
  name: string;
  /** Folder that its image is built from, relative to the root; null: it is not built here. */
  build: string | null;
  /** Relative to that folder. */
  dockerfile: string | null;
  image: string | null;
  /** In the container, in the file's order; `published`: on the host, null where it is not fixed. */
  ports: readonly Readonly<{ target: number; published: number | null }>[];
  needs: readonly string[];
  profiles: readonly string[];
  /** Path of the health check's request; null: none was seen. */
  health: string | null;
}>;

export type ComposeFacts = Readonly<{ file: string; services: readonly ComposeFact[] }>;

/** Null: this is no compose file that can be read. Lenient: Compose itself is asked when something is planned. */
export function composeFacts(file: string, text: string): ComposeFacts | null {
  const services = table(table(read(text)).services);
  // Compose itself takes no other names.
  const named = Object.entries(services).filter(([name]) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}$/.test(name));
  const found = named.map(([name, given]): ComposeFact => {
    const { build, image, ports, expose, depends_on, profiles, healthcheck } = table(given);
    return {
      name,
      build: build === undefined ? null : folder(typeof build === "string" ? build : (table(build).context ?? ".")),
      dockerfile: typeof table(build).dockerfile === "string" ? String(table(build).dockerfile) : null,
      image: typeof image === "string" ? image : null,
      ports: [...list(ports).flatMap(port), ...list(expose).flatMap(port)],
      needs: Array.isArray(depends_on) ? depends_on.map(String) : Object.keys(table(depends_on)),
      profiles: list(profiles).map(String),
      health: healthPath(table(healthcheck).test),
    };
  });
  return found.length === 0 ? null : { file, services: found };
}

function read(text: string): unknown {
  try {
    return parse(text, { merge: true, logLevel: "silent", maxAliasCount: 1000 });
  } catch {
    return null;
  }
}

type Table = Readonly<Record<string, unknown>>;

const table = (value: unknown): Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const folder = (path: unknown): string =>
  String(path)
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/") || ".";

/** `80`, `8080:80`, `127.0.0.1:8080:80/tcp` or the long form; ranges and variables say nothing. */
function port(value: unknown): readonly Readonly<{ target: number; published: number | null }>[] {
  if (typeof value === "object" && value !== null) {
    const { target, published } = table(value);
    return whole(target, published);
  }
  const parts = String(value)
    .replace(/\/(?:tcp|udp)$/, "")
    .split(":");
  return whole(parts.at(-1), parts.at(-2));
}

function whole(target: unknown, published: unknown): ReturnType<typeof port> {
  if (!/^\d{1,5}$/.test(String(target))) return [];
  return [{ target: Number(target), published: /^\d{1,5}$/.test(String(published)) ? Number(published) : null }];
}

/** Of `curl -f http://localhost:8080/health` and the like. */
function healthPath(test: unknown): string | null {
  const words = Array.isArray(test) ? test.map(String).join(" ") : typeof test === "string" ? test : "";
  const found = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\d+)?(\/[A-Za-z0-9._~/-]*)?/.exec(words);
  return found === null ? null : (found[1] ?? "/");
}
