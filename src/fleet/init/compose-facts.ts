import { parse } from "yaml";

/** A service of a compose file, read as text: what `sampan init` proposes, it proposes from this. */
export type ComposeFact = Readonly<{
  name: string;
  /** Folder that its image is built from, relative to the root; null: it is not built here. */
  build: string | null;
  /** Relative to that folder. */
  dockerfile: string | null;
  /** The stage that its image ends with; null: the last. */
  stage: string | null;
  /** Arguments of its build whose values are written down. */
  args: Readonly<Record<string, string>>;
  /** `linux/amd64`, where its image is for one; null: for the machine that builds it. */
  platform: string | null;
  /** Keys of its build that Sampan's has not. */
  further: readonly string[];
  image: string | null;
  /** In the container, in the file's order; `published`: on the host, null where it is not fixed. */
  ports: readonly Readonly<{ target: number; published: number | null }>[];
  needs: readonly string[];
  /** Another service waits until it has ended. */
  job: boolean;
  profiles: readonly string[];
  /** Path of the health check's request; null: none was seen. */
  health: string | null;
}>;

export type ComposeFacts = Readonly<{ file: string; services: readonly ComposeFact[] }>;

/**
 * Null: this is no compose file that can be read. Lenient: Compose itself is asked when something is planned. `variables`: what its `.env`
 * says.
 */
export function composeFacts(
  file: string,
  text: string,
  variables: Readonly<Record<string, string | undefined>> = {},
): ComposeFacts | null {
  const services = table(table(read(text)).services);
  // Compose itself takes no other names.
  const named = Object.entries(services).filter(([name]) => /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,100}$/.test(name));
  const awaited = new Set(named.flatMap(([, given]) => awaitedBy(table(given))));
  const found = named.map(([name, given]): ComposeFact => {
    const { build, image, ports, expose, depends_on, profiles, healthcheck, platform } = table(given);
    const { context, dockerfile, target, args, platforms, ...rest } =
      typeof build === "string" ? { context: build } : table(build);
    const known = (value: unknown) => (typeof value === "string" ? interpolated(value, variables) : null);
    return {
      name,
      build: build === undefined ? null : folder(known(context) ?? "."),
      dockerfile: known(dockerfile)?.replace(/^(?:\.\/+)+/, "") ?? null,
      stage: known(target),
      args: argsOf(args, known),
      platform: known(list(platforms).length === 1 ? list(platforms)[0] : platform) || null,
      further: Object.keys(rest).filter((key) => FURTHER.has(key)),
      image: known(image) || null,
      ports: [...list(ports).flatMap(port), ...list(expose).flatMap(port)],
      needs: Array.isArray(depends_on) ? depends_on.map(String) : Object.keys(table(depends_on)),
      job: awaited.has(name),
      profiles: list(profiles).map(String),
      health: healthPath(table(healthcheck).test),
    };
  });
  return found.length === 0 ? null : { file, services: found };
}

/** Of a build's keys those that make another image; the others make it faster, or call it something. */
export const FURTHER: ReadonlySet<string> = new Set(
  "additional_contexts dockerfile_inline entitlements extra_hosts isolation network privileged secrets ssh".split(" "),
);

/** Services that it waits for until they have ended well. */
export const awaitedBy = ({ depends_on }: Table): readonly string[] =>
  Object.entries(table(depends_on)).flatMap(([name, how]) =>
    table(how).condition === "service_completed_successfully" ? [name] : [],
  );

function read(text: string): unknown {
  try {
    // What aliases bring, times how often: large files of hundreds of services and one block for all of them have that.
    return parse(text, { merge: true, logLevel: "silent", maxAliasCount: 1_000_000 });
  } catch {
    return null;
  }
}

type Table = Readonly<Record<string, unknown>>;

const table = (value: unknown): Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** As Compose does it; a variable that nobody has set is nothing. */
function interpolated(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replace(
    /\$\$|\$\{(\w+)(?:(:?)([-+?])([^}]*))?\}|\$(\w+)/g,
    (whole, braced?: string, colon?: string, operator?: string, word = "", plain?: string) => {
      if (whole === "$$") return "$";
      const value = variables[braced ?? plain ?? ""];
      const set = value !== undefined && !(colon === ":" && value === "");
      if (operator === "-") return set ? value : word;
      if (operator === "+") return set ? word : "";
      return value ?? "";
    },
  );
}

/** `{ NAME: value }` or `[NAME=value]`; one without a value is taken from whoever builds, and is left out. */
function argsOf(given: unknown, known: (value: unknown) => string | null): Readonly<Record<string, string>> {
  const pairs = Array.isArray(given)
    ? given
        .map(String)
        .flatMap((one) => (one.includes("=") ? [[one.replace(/=.*$/s, ""), one.replace(/^[^=]*=/, "")]] : []))
    : Object.entries(table(given)).map(([name, value]) => [name, value === null ? "" : String(value)]);
  const found: [string, string][] = [];
  for (const [name = "", value = ""] of pairs) {
    const text = known(value) ?? "";
    if (/^[A-Za-z_]\w{0,99}$/.test(name) && text !== "") found.push([name, text]);
  }
  return Object.fromEntries(found);
}

/** A repository somewhere else is no folder. */
export const isElsewhere = (context: string): boolean => /^(?:[a-z][a-z+.-]*:\/\/|git@|github\.com\/)/.test(context);

const folder = (path: string): string =>
  isElsewhere(path)
    ? path
    : path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/") || ".";

/** `80`, `8080:80`, `127.0.0.1:8080:80/tcp` or the long form; ranges, variables and what is not TCP say nothing. */
function port(value: unknown): readonly Readonly<{ target: number; published: number | null }>[] {
  if (typeof value === "object" && value !== null) {
    const { target, published, protocol = "tcp" } = table(value);
    return protocol === "tcp" ? whole(target, published) : [];
  }
  const parts = String(value)
    .replace(/\/tcp$/, "")
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
