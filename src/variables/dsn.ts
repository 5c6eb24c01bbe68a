import { percentDecoded } from "./passwords-in.ts";

/** What a connection string says, before any engine's defaults. */
export type Dsn = Readonly<{
  /** Lower case, without `jdbc:` and what follows a `+`. */
  scheme: string;
  user: string | null;
  /** `host:port,host:port`, or a socket's folder. */
  hosts: string;
  port: string | null;
  /** Decoded, without the leading slash. */
  path: string;
  query: ReadonlyMap<string, string>;
}>;

const URL_SHAPE = /^(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?([^/?#;]*)([^?#;]*)(?:[?;]([^#]*))?/i;
/** Go's `user:password@tcp(host:3306)/name`. */
const GO_MYSQL = /^(?:([^:@/]*)(?::.*)?@)?(tcp|unix)\(([^)]*)\)\/([^?]*)/;
/** Every part is bounded: a value may be any text, and long. */
const KEYWORDS =
  /(?<=^|[\s;])([a-z_]{1,40}(?: [a-z]{1,20})?)\s{0,4}=\s{0,4}(?:'((?:[^'\\]|\\.|''){0,2000})'|"([^"]{0,2000})"|([^;\s'"][^;\s]{0,2000}|))(?=$|[\s;])/gi;

/** Null: not a connection string. */
export function readDsn(value: string): Dsn | null {
  const text = value.trim();
  return readUrl(text) ?? readGo(text) ?? readKeywords(text);
}

function readUrl(text: string): Dsn | null {
  const match = URL_SHAPE.exec(text);
  if (match === null) return null;
  const [, scheme = "", userinfo, hosts = "", path = "", parameters = ""] = match;
  return {
    scheme: plainScheme(scheme),
    user: userinfo === undefined ? null : percentDecoded(userinfo.split(":")[0] ?? ""),
    hosts: percentDecoded(hosts),
    port: null,
    path: percentDecoded(path).replace(/^\//, ""),
    query: parametersOf(parameters),
  };
}

/** The scheme's `+srv`, `+asyncpg`, … name a driver, not another engine. */
const plainScheme = (scheme: string): string => scheme.toLowerCase().split("+")[0] ?? "";

function parametersOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(/[&;]/).filter((pair) => pair !== "");
  return new Map(
    pairs.map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [percentDecoded(name).toLowerCase(), percentDecoded(value.join("="))];
    }),
  );
}

function readGo(text: string): Dsn | null {
  const match = GO_MYSQL.exec(text);
  if (match === null) return null;
  const [, user, , hosts = "", path = ""] = match;
  return { scheme: "mysql", user: user ?? null, hosts, port: null, path, query: new Map() };
}

/** libpq's `host=… dbname=…` and ADO's `Server=…;Database=…`. */
function readKeywords(text: string): Dsn | null {
  const words = new Map<string, string>();
  for (const match of text.matchAll(KEYWORDS)) {
    const [, name = "", single, double, bare] = match;
    words.set(
      name.toLowerCase().replaceAll(/[ _]/g, ""),
      single?.replaceAll(/\\(.)|'(?=')/gs, "$1") ?? double ?? bare ?? "",
    );
  }
  const first = (...names: readonly string[]) =>
    names.map((name) => words.get(name)).find((value) => value !== undefined) ?? null;
  const server = first("server", "datasource", "addr", "networkaddress");
  const database = first("dbname", "database", "initialcatalog");
  const host = first("hostaddr", "host") ?? server;
  if (host === null && first("dbname") === null) return null;
  if (database === null && first("user", "userid", "uid") === null && first("port") === null) return null;
  const ado = server !== null && text.includes(";");
  return {
    scheme: ado ? "sqlserver" : "postgres",
    user: first("user", "userid", "uid"),
    // SQL Server writes tcp:host,port.
    hosts: ado ? (host ?? "").replace(/^tcp:/i, "").replace(/,\s*(\d+)$/, ":$1") : (host ?? ""),
    port: first("port"),
    path: database ?? "",
    query: new Map(),
  };
}
